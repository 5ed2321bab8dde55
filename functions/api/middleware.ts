import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Newer } from '../../shared/domain/newer.ts';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { describeFault, type Log } from '../../shared/log/logger.ts';

type Middleware = MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** What the middleware needs to know of the function that it serves. */
export interface Served {
  readonly log: Log;
  /** The route that a path belongs to, as it is logged. */
  readonly routeOf: (path: string) => string;
  /** What a fault of the function's own kind is answered with; undefined for any other. */
  readonly problemOf: (fault: unknown) => Problem | undefined;
}

/** One line a request: method, route, status. Not the path itself: callers paste things into it. */
export const logRequests = (served: Served): Middleware => ({
  after: ({ event, response }) => logAnswer(served, event, response),
});

function logAnswer(
  { log, routeOf }: Served,
  { requestContext, pathParameters }: APIGatewayProxyEventV2,
  answer: APIGatewayProxyStructuredResultV2 | undefined | null,
): void {
  const { requestId, http } = requestContext;
  // What stands in the path may be anything; a revocation's id is nothing else.
  const [revocation] = [pathParameters?.id, answer?.headers?.location].flatMap(
    (text) => /^(?:\/v1\/revocations\/)?(rev_[0-9a-f]{40})$/.exec(String(text))?.[1] ?? [],
  );
  log('request.answered', {
    requestId,
    method: http.method,
    route: routeOf(http.path),
    status: answer?.statusCode,
    revocation,
  });
}

/** Turns what was thrown into problem JSON. What is not a `Problem` is logged and not shown. */
export const answerProblems = (served: Served): Middleware => ({
  onError: (request) => {
    const { error, event } = request;
    const { requestId } = event.requestContext;
    const problem = error instanceof Problem ? error : problemOf(error, served);
    if (error !== problem) served.log('request.failed', { requestId, ...describeFault(error) });
    const response = problemResponse(problem, requestId);
    logAnswer(served, event, response);
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

function problemOf(error: unknown, served: Served): Problem {
  const own = served.problemOf(error);
  if (own !== undefined) return own;
  if (error instanceof Newer) {
    return new Problem(
      'unavailable',
      'This was written by a newer version of Rescind than the one that answers. Repeat the request when that version is deployed again.',
    );
  }
  if (error instanceof Error && busy.has(error.name)) {
    return new Problem('unavailable', 'Too many requests at once. Repeat this one.', {
      headers: { 'retry-after': '1' },
    });
  }
  return new Problem('internal', 'The logs tell more under this requestId.');
}
