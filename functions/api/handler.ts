import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { apiDependencies } from './dependencies.ts';
import { answerProblems, logRequests } from './middleware.ts';
import { problemOf } from './problems.ts';
import { createRouter, routeOf } from './router.ts';

// Begun while Lambda initialises. A wrong configuration is a rejection that nobody handles, which
// ends the process, visibly. Not awaited here: some runtimes `require` what they run.
const answering = apiDependencies().then((dependencies) => {
  const route = createRouter(dependencies);
  const served = { log: dependencies.log, routeOf, problemOf };
  return middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logRequests(served))
    .use(answerProblems(served))
    .handler((event: APIGatewayProxyEventV2, context: Context) => route(event, context));
});

/** The HTTP API: API Gateway v2 event in, structured answer out. */
export const handler = async (
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> => {
  const answer = await answering;
  return answer(event, context);
};
