import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { countsOf, statusOf } from '../../../../shared/domain/revocation.ts';
import { fieldErrors, jsonBody } from '../../../../shared/http/body.ts';
import type { Caller } from '../../../../shared/http/caller.ts';
import { json } from '../../../../shared/http/problem.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { visibleTo } from '../../authorization.ts';
import { type SubjectRevocation, subjectRevocation } from '../../contract/grants.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { dryRun as dryRunOf } from '../../dry-run.ts';
import { refusal } from '../../subjects/check-grant.ts';
import { subjectOf } from '../../subjects/named.ts';
import { preview, restOf } from '../../subjects/preview.ts';
import { revokeGrants } from '../../subjects/revoke.ts';
import { idempotencyKeyOf, refuseTasks } from '../post-revocations.ts';
import { linksOf } from '../revocation-answer.ts';

/** `POST /v1/subjects/{subject}/revoke` */
export async function postRevoke(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const idempotencyKey = idempotencyKeyOf(event);
  const named = subjectOf(event);
  const { label, includeShared = false, dryRun, taskToken } = check(event);
  refuseTasks({ taskToken }, deps);
  const subject = subjectKey(named, await deps.secrets.sealingKeys());
  const mayTouch = visibleTo(caller, deps.access);
  const question = { subject, label, includeShared, mayTouch };
  if (dryRun === true) return json(200, await preview(question, deps));

  const requestedBy = caller.name;
  const revoked = await revokeGrants({ ...question, taskToken, requestedBy, idempotencyKey }, deps);
  const { revocation } = revoked;
  const rest = restOf(revoked, subject);
  if (revocation === undefined) {
    return json(200, { counts: dryRunOf({ jobs: [] }, deps.catalog).counts, ...rest });
  }
  const links = linksOf(revocation.id);
  const { id } = revocation;
  return json(
    202,
    { id, status: statusOf(revocation), counts: countsOf(revocation), links, ...rest },
    { location: links.self },
  );
}

/** @throws Problem `invalid-request` */
function check(event: APIGatewayProxyEventV2): SubjectRevocation {
  const parsed = subjectRevocation.safeParse(event.body ? jsonBody(event) : {});
  if (parsed.success) return parsed.data;
  throw refusal(fieldErrors(parsed.error));
}
