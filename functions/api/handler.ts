import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { apiDependencies } from './dependencies.ts';
import { answerProblems, logRequests } from './middleware.ts';
import { createRouter } from './router.ts';

// Awaited while Lambda initialises: a wrong configuration fails the cold start, visibly.
const dependencies = await apiDependencies();
const route = createRouter(dependencies);

/** The HTTP API: API Gateway v2 event in, structured answer out. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(logRequests(dependencies.log))
  .use(answerProblems(dependencies.log))
  .handler((event: APIGatewayProxyEventV2, context: Context) => route(event, context));
