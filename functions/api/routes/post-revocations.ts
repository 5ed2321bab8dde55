import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { countsOf, statusOf } from '../../../shared/domain/revocation.ts';
import { jsonBody } from '../../../shared/http/body.ts';
import { callerOf } from '../../../shared/http/caller.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { checkSubmission } from '../check-jobs.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { dryRun } from '../dry-run.ts';
import { submit } from '../submit.ts';
import { linksOf } from './revocation-answer.ts';

/** `POST /v1/revocations` */
export async function postRevocations(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const submission = checkSubmission(jsonBody(event), deps.catalog);
  if (submission.dryRun === true) return json(200, dryRun(submission, deps.catalog));
  const revocation = await submit(
    {
      submission,
      requestedBy: callerOf(event.requestContext),
      idempotencyKey: idempotencyKey(event),
    },
    deps,
  );
  const links = linksOf(revocation.id);
  return json(
    202,
    { id: revocation.id, status: statusOf(revocation), counts: countsOf(revocation), links },
    { location: links.self },
  );
}

function idempotencyKey({ headers }: APIGatewayProxyEventV2): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new Problem('invalid-parameter', 'The Idempotency-Key header is not valid.', {
    errors: [
      {
        pointer: 'Idempotency-Key',
        detail: 'must be 1 to 255 printable ASCII characters, no spaces',
      },
    ],
  });
}
