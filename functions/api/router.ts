import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json } from '../../shared/http/problem.ts';
import { version } from '../../shared/version.ts';
import type { ApiDependencies } from './dependencies.ts';
import { getDeadLetters } from './routes/get-dead-letters.ts';
import { getOutcomes } from './routes/get-outcomes.ts';
import { getProviders } from './routes/get-providers.ts';
import { getRevocation } from './routes/get-revocation.ts';
import { listRevocations } from './routes/list-revocations.ts';
import { postAbandon } from './routes/post-abandon.ts';
import { postClose } from './routes/post-close.ts';
import { postRedrive } from './routes/post-redrive.ts';
import { postRevocations } from './routes/post-revocations.ts';
import { putPart } from './routes/put-part.ts';
import { deleteGrant } from './routes/subjects/delete-grant.ts';
import { listGrants } from './routes/subjects/list-grants.ts';
import { postRevoke } from './routes/subjects/post-revoke.ts';
import { putGrant } from './routes/subjects/put-grant.ts';
import { type Endpoint, routeIn, routerOf } from './routing.ts';

/** Every route of the API's own function. Those of functions/report are besides. */
export const endpoints: readonly Endpoint<ApiDependencies>[] = [
  { method: 'POST', path: '/v1/revocations', scope: 'submit', answer: postRevocations },
  { method: 'GET', path: '/v1/revocations', scope: 'read', answer: listRevocations },
  { method: 'GET', path: '/v1/revocations/{id}', scope: 'read', answer: getRevocation },
  { method: 'GET', path: '/v1/revocations/{id}/outcomes', scope: 'read', answer: getOutcomes },
  {
    method: 'PUT',
    path: '/v1/revocations/{id}/parts/{part}',
    scope: 'submit',
    answer: putPart,
  },
  { method: 'POST', path: '/v1/revocations/{id}/close', scope: 'submit', answer: postClose },
  { method: 'GET', path: '/v1/providers', scope: 'read', answer: (_, deps) => getProviders(deps) },
  { method: 'GET', path: '/v1/dead-letters', scope: 'read', answer: getDeadLetters },
  { method: 'POST', path: '/v1/dead-letters/redrive', scope: 'operate', answer: postRedrive },
  { method: 'POST', path: '/v1/dead-letters/abandon', scope: 'operate', answer: postAbandon },
  { method: 'GET', path: '/v1/subjects/{subject}/grants', scope: 'read', answer: listGrants },
  {
    method: 'PUT',
    path: '/v1/subjects/{subject}/grants/{grantId}',
    scope: 'submit',
    answer: putGrant,
  },
  {
    method: 'DELETE',
    path: '/v1/subjects/{subject}/grants/{grantId}',
    scope: 'submit',
    answer: deleteGrant,
  },
  { method: 'POST', path: '/v1/subjects/{subject}/revoke', scope: 'submit', answer: postRevoke },
  { method: 'GET', path: '/v1/openapi.json', scope: 'read', answer: getContract },
  { method: 'GET', path: '/v1/health', scope: undefined, answer: getHealth },
];

function getHealth(): APIGatewayProxyStructuredResultV2 {
  return json(200, { status: 'ok', version });
}

/** Read when it is asked for: 40 KB that no other call needs. */
async function getContract(): Promise<APIGatewayProxyStructuredResultV2> {
  const { default: contract } = await import('./contract/openapi.json', { with: { type: 'json' } });
  return json(200, contract);
}

export const createRouter = (deps: ApiDependencies) => routerOf(endpoints, deps);

/** The route that a path belongs to, e.g. `/v1/revocations/{id}`; `unknown` when there is none. */
export const routeOf = (path: string): string => routeIn(endpoints, path);
