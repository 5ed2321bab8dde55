import httpRouter, { type Method } from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json, Problem } from '../../shared/http/problem.ts';
import { withFields } from '../../shared/log/logger.ts';
import { version } from '../../shared/version.ts';
import type { ApiDependencies } from './dependencies.ts';
import { getDeadLetters } from './routes/get-dead-letters.ts';
import { getOutcomes } from './routes/get-outcomes.ts';
import { getProviders } from './routes/get-providers.ts';
import { getRevocation } from './routes/get-revocation.ts';
import { listRevocations } from './routes/list-revocations.ts';
import { postAbandon } from './routes/post-abandon.ts';
import { postRedrive } from './routes/post-redrive.ts';
import { postRevocations } from './routes/post-revocations.ts';

type Answer = APIGatewayProxyStructuredResultV2 | Promise<APIGatewayProxyStructuredResultV2>;

interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly answer: (event: APIGatewayProxyEventV2, deps: ApiDependencies) => Answer;
}

/** Every route of the API. The CDK app makes one API Gateway route of each. */
export const endpoints: readonly Endpoint[] = [
  { method: 'POST', path: '/v1/revocations', answer: postRevocations },
  { method: 'GET', path: '/v1/revocations', answer: listRevocations },
  { method: 'GET', path: '/v1/revocations/{id}', answer: getRevocation },
  { method: 'GET', path: '/v1/revocations/{id}/outcomes', answer: getOutcomes },
  { method: 'GET', path: '/v1/providers', answer: (_, deps) => getProviders(deps) },
  { method: 'GET', path: '/v1/dead-letters', answer: getDeadLetters },
  { method: 'POST', path: '/v1/dead-letters/redrive', answer: postRedrive },
  { method: 'POST', path: '/v1/dead-letters/abandon', answer: postAbandon },
  { method: 'GET', path: '/v1/openapi.json', answer: getContract },
  { method: 'GET', path: '/v1/health', answer: () => json(200, { status: 'ok', version }) },
];

/** Read when it is asked for: 40 KB that no other call needs. */
async function getContract(): Promise<APIGatewayProxyStructuredResultV2> {
  const { default: contract } = await import('./contract/openapi.json', { with: { type: 'json' } });
  return json(200, contract);
}

export function createRouter(deps: ApiDependencies) {
  return httpRouter<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    routes: endpoints.map(({ method, path, answer }) => ({
      method,
      path,
      handler: async (event: APIGatewayProxyEventV2) => {
        const { requestId } = event.requestContext;
        return answer(event, { ...deps, log: withFields(deps.log, { requestId }) });
      },
    })),
    notFoundResponse: ({ path }) => {
      throw notRouted(path);
    },
  });
}

function notRouted(path: string): Problem {
  const allowed = endpoints.filter((endpoint) => matches(endpoint.path, path));
  if (allowed.length === 0) {
    return new Problem('not-found', 'There is no such path. GET /v1/openapi.json lists them all.');
  }
  const allow = allowed.map(({ method }) => method).join(', ');
  return new Problem('method-not-allowed', `Use ${allow}.`, { headers: { allow } });
}

/** The route that a path belongs to, e.g. `/v1/revocations/{id}`; `unknown` when there is none. */
export const routeOf = (path: string): string =>
  endpoints.find((endpoint) => matches(endpoint.path, path))?.path ?? 'unknown';

const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path);
