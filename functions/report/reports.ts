import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { answerProblems, logRequests } from '../api/middleware.ts';
import { routerOf } from '../api/routing.ts';
import type { ReportDependencies } from './dependencies.ts';
import { reportEndpoints, routeOf } from './endpoints.ts';
import { problemOf } from './problems.ts';

/** The function with its middleware. */
export function createReports(deps: ReportDependencies) {
  const route = routerOf(reportEndpoints, deps);
  const served = { log: deps.log, routeOf, problemOf };
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logRequests(served))
    .use(answerProblems(served))
    .handler((event: APIGatewayProxyEventV2, context: Context) => route(event, context));
}
