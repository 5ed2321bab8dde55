import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { type Revocation, revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { revocationAnswer } from './revocation-answer.ts';

/** `GET /v1/revocations/{id}` */
export async function getRevocation(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  return json(200, revocationAnswer(await findRevocation(event, deps)));
}

/** @throws Problem `not-found` */
export async function findRevocation(
  { pathParameters }: APIGatewayProxyEventV2,
  { revocations }: Pick<ApiDependencies, 'revocations'>,
): Promise<Revocation> {
  const id = pathParameters?.id ?? '';
  const revocation = revocationIdPattern.test(id) ? await revocations.get(id) : undefined;
  if (revocation === undefined) {
    throw new Problem(
      'not-found',
      'There is no such revocation; it may have passed its retention.',
    );
  }
  return revocation;
}
