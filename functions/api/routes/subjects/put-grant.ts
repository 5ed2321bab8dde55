import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { jsonBody } from '../../../../shared/http/body.ts';
import type { Caller } from '../../../../shared/http/caller.ts';
import { json } from '../../../../shared/http/problem.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { ownerIn, visibleTo } from '../../authorization.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { checkRegistration } from '../../subjects/check-grant.ts';
import { grantIdOf, subjectOf } from '../../subjects/named.ts';
import { register } from '../../subjects/register.ts';
import { etagOf, grantRow } from '../../subjects/row.ts';

/** `PUT /v1/subjects/{subject}/grants/{grantId}` */
export async function putGrant(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const [subject, grantId] = [subjectOf(event), grantIdOf(event)];
  const registration = checkRegistration(jsonBody(event), { subject, grantId }, deps.catalog);
  const keys = await deps.secrets.sealingKeys();
  const request = {
    subject: subjectKey(subject, keys),
    grantId,
    owner: ownerIn(caller, deps.access),
    registration,
    registeredBy: caller.name,
    ifMatch: versionOf(event),
    mayTouch: visibleTo(caller, deps.access),
  };
  const { grant, created } = await register(request, keys, deps);
  const row = grantRow(grant, request.subject);
  return json(created ? 201 : 200, row, { etag: etagOf(grant.version) });
}

/** What does not look like an ETag of ours stands as it is, and matches nothing. */
const versionOf = ({ headers }: APIGatewayProxyEventV2): string | undefined =>
  headers['if-match']?.trim().replace(/^"(.*)"$/, '$1');
