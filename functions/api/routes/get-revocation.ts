import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Revocation, revocationIdPattern } from '../../../shared/domain/revocation.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { withAllParts } from '../../../shared/store/count-parts.ts';
import type { Revocations } from '../../../shared/store/revocations.ts';
import { visibleTo } from '../authorization.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { revocationAnswer } from './revocation-answer.ts';

/** `GET /v1/revocations/{id}` */
export async function getRevocation(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const revocation = await findRevocation(event, deps, caller);
  return json(200, revocationAnswer(await withAllParts(revocation, deps)));
}

/**
 * The revocation that the path names, with part 0 alone counted.
 *
 * @throws Problem `not-found`, of what is another's as of what there is not
 */
export async function findRevocation(
  { pathParameters }: APIGatewayProxyEventV2,
  {
    revocations,
    access,
  }: Pick<ApiDependencies, 'access'> & { readonly revocations: Pick<Revocations, 'get'> },
  caller: Caller,
): Promise<Revocation> {
  const id = pathParameters?.id ?? '';
  const revocation = revocationIdPattern.test(id) ? await revocations.get(id) : undefined;
  if (revocation === undefined || !visibleTo(caller, access)(revocation.requestedBy)) {
    throw notThere();
  }
  return revocation;
}

export const notThere = (): Problem =>
  new Problem('not-found', 'There is no such revocation; it may have passed its retention.');
