import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { jsonBody } from '../../../shared/http/body.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { checkPart } from '../check-jobs.ts';
import { partNumberPattern } from '../contract/parts.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { takePart } from '../take-part.ts';
import { findRevocation } from './get-revocation.ts';

/** `PUT /v1/revocations/{id}/parts/{part}` */
export async function putPart(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const number = partNumberOf(event);
  const jobs = checkPart(jsonBody(event), deps.catalog);
  const revocation = await findRevocation(event, deps, caller);
  const total = await takePart({ revocation, number, jobs }, deps);
  return json(202, { id: revocation.id, part: number, jobs: total });
}

/** @throws Problem `invalid-parameter` */
function partNumberOf({ pathParameters }: APIGatewayProxyEventV2): number {
  const given = pathParameters?.part ?? '';
  if (partNumberPattern.test(given)) return Number(given);
  throw new Problem('invalid-parameter', 'The part in the path is not valid.', {
    errors: [{ pointer: 'part', detail: 'must be a whole number from 1 to 999999' }],
  });
}
