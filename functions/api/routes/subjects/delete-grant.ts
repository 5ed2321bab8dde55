import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Caller } from '../../../../shared/http/caller.ts';
import { noContent } from '../../../../shared/http/problem.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { ownerIn, visibleTo } from '../../authorization.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { forgetGrant } from '../../subjects/forget.ts';
import { grantIdOf, subjectOf } from '../../subjects/named.ts';

/** `DELETE /v1/subjects/{subject}/grants/{grantId}` */
export async function deleteGrant(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const [named, grantId] = [subjectOf(event), grantIdOf(event)];
  const subject = subjectKey(named, await deps.secrets.sealingKeys());
  const [owner, mayTouch] = [ownerIn(caller, deps.access), visibleTo(caller, deps.access)];
  await forgetGrant({ subject, grantId, owner, mayTouch }, deps);
  return noContent();
}
