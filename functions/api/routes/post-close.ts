import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { fieldErrors, jsonBody } from '../../../shared/http/body.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { json, Problem } from '../../../shared/http/problem.ts';
import { closeRevocation } from '../close-revocation.ts';
import { type Closing, closing } from '../contract/parts.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findRevocation, notThere } from './get-revocation.ts';
import { revocationAnswer } from './revocation-answer.ts';

/** `POST /v1/revocations/{id}/close` */
export async function postClose(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { parts } = check(event);
  const revocation = await findRevocation(event, deps, caller);
  const closed = await closeRevocation(revocation, parts, deps);
  if (closed === undefined) throw notThere();
  deps.log('revocation.closed', { revocation: closed.id, jobs: closed.total });
  return json(200, revocationAnswer(closed));
}

/** @throws Problem `invalid-request` */
function check(event: APIGatewayProxyEventV2): Closing {
  const parsed = closing.safeParse(event.body ? jsonBody(event) : {});
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', 'It was not closed. Mend what `errors` lists.', {
    errors: fieldErrors(parsed.error),
  });
}
