import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { countsOf, isOpen, statusOf } from '../../../shared/domain/revocation.ts';
import { jsonBody } from '../../../shared/http/body.ts';
import type { Caller } from '../../../shared/http/caller.ts';
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
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const idempotencyKey = idempotencyKeyOf(event);
  const submission = checkSubmission(jsonBody(event), deps.catalog);
  refuseTasks(submission, deps);
  if (submission.dryRun === true) return json(200, dryRun(submission, deps.catalog));
  const requestedBy = caller.name;
  const revocation = await submit({ submission, requestedBy, idempotencyKey }, deps);
  const links = linksOf(revocation.id, isOpen(revocation));
  return json(
    202,
    { id: revocation.id, status: statusOf(revocation), counts: countsOf(revocation), links },
    { location: links.self },
  );
}

/** @throws Problem `invalid-request` for a task that nobody would end */
export function refuseTasks(
  { taskToken }: { readonly taskToken?: string | undefined },
  { takesTasks }: Pick<ApiDependencies, 'takesTasks'>,
): void {
  if (taskToken === undefined || takesTasks) return;
  throw new Problem('invalid-request', 'Nothing was taken. Mend what `errors` lists.', {
    errors: [
      {
        pointer: '/taskToken',
        detail:
          'must be left out: this deployment tells no state machine; its setting completionStateMachines names those that it does',
      },
    ],
  });
}

/** @throws Problem `invalid-parameter` */
export function idempotencyKeyOf({ headers }: APIGatewayProxyEventV2): string | undefined {
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
