import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { describeFault, type Log } from '../../shared/log/logger.ts';
import { SealingKeysFault } from '../../shared/sealing/keys.ts';
import { routeOf } from './router.ts';

type Middleware = MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** One line a request: method, route, status. Not the path itself: callers paste things into it. */
export const logRequests = (log: Log): Middleware => ({
  after: ({ event, response }) => {
    const { method, path } = event.requestContext.http;
    log('request.answered', { method, route: routeOf(path), status: response?.statusCode });
  },
});

/** Turns what was thrown into problem JSON. What is not a `Problem` is logged and not shown. */
export const answerProblems = (log: Log): Middleware => ({
  onError: (request) => {
    const { error, event } = request;
    const { requestId, http } = event.requestContext;
    const problem = error instanceof Problem ? error : problemOf(error);
    if (error !== problem) log('request.failed', { requestId, ...describeFault(error) });
    const response = problemResponse(problem, requestId);
    const { method, path } = http;
    log('request.answered', { method, route: routeOf(path), status: response.statusCode });
    request.response = response;
  },
});

/** AWS errors that say "later", by name. */
const busy = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ThrottlingException',
]);

function problemOf(error: unknown): Problem {
  if (error instanceof SealingKeysFault) {
    return new Problem(
      'unavailable',
      'The sealing keys are missing or not valid, so no token can be taken. Nothing was queued.',
    );
  }
  if (error instanceof Error && busy.has(error.name)) {
    return new Problem('unavailable', 'Too many requests at once. Repeat this one.', {
      headers: { 'retry-after': '1' },
    });
  }
  return new Problem('internal', 'The logs tell more under this requestId.');
}
