import httpRouter, { type Method } from '@middy/http-router';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Caller } from '../../shared/http/caller.ts';
import { Problem } from '../../shared/http/problem.ts';
import type { Scope } from '../../shared/http/scope.ts';
import { type Log, withFields } from '../../shared/log/logger.ts';
import { type Access, admit } from './authorization.ts';

type Answer = APIGatewayProxyStructuredResultV2 | Promise<APIGatewayProxyStructuredResultV2>;

/** What routes are matched by. */
export interface Route {
  readonly method: Method;
  readonly path: string;
}

/** For callers with this scope. */
interface Guarded<Dependencies> extends Route {
  readonly scope: Scope;
  readonly answer: (event: APIGatewayProxyEventV2, deps: Dependencies, caller: Caller) => Answer;
}

/** For anybody. */
interface Open extends Route {
  readonly scope: undefined;
  readonly answer: () => Answer;
}

/** One route of a function. The CDK app makes one API Gateway route of each. */
export type Endpoint<Dependencies> = Guarded<Dependencies> | Open;

/** Lets callers in, and hands each call to its route. */
export function routerOf<Dependencies extends { readonly access: Access; readonly log: Log }>(
  endpoints: readonly Endpoint<Dependencies>[],
  deps: Dependencies,
) {
  return httpRouter<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    routes: endpoints.map((endpoint) => ({
      method: endpoint.method,
      path: endpoint.path,
      handler: async (event: APIGatewayProxyEventV2) => {
        if (endpoint.scope === undefined) return endpoint.answer();
        const caller = admit(event.requestContext, endpoint.scope, deps.access);
        const { requestId } = event.requestContext;
        const log = withFields(deps.log, { requestId });
        return endpoint.answer(event, { ...deps, log }, caller);
      },
    })),
    notFoundResponse: ({ path }) => {
      throw notRouted(endpoints, path);
    },
  });
}

function notRouted(routes: readonly Route[], path: string): Problem {
  const allowed = routes.filter((route) => matches(route.path, path));
  if (allowed.length === 0) {
    return new Problem('not-found', 'There is no such path. GET /v1/openapi.json lists them all.');
  }
  const allow = allowed.map(({ method }) => method).join(', ');
  return new Problem('method-not-allowed', `Use ${allow}.`, { headers: { allow } });
}

/** Whether a path belongs to a route's, e.g. to `/v1/revocations/{id}`. */
export const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`).test(path);

/** The route that a path belongs to; `unknown` when there is none. */
export const routeIn = (routes: readonly Route[], path: string): string =>
  routes.find((route) => matches(route.path, path))?.path ?? 'unknown';
