import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { describeFault, withFields } from '../../shared/log/logger.ts';
import { callOf, sourceIdOf } from './call.ts';
import { type WebhookDependencies, webhookDependencies } from './dependencies.ts';
import { receive } from './receive.ts';

// Begun while Lambda initialises. A wrong configuration is a rejection that nobody handles, which
// ends the process, visibly. Not awaited here: some runtimes `require` what they run.
const wiring = webhookDependencies();

/** What sources of webhooks call: API Gateway v2 event in, structured answer out. */
export const handler = async (
  event: APIGatewayProxyEventV2,
): Promise<APIGatewayProxyStructuredResultV2> => answerCall(event, await wiring);

/** One call, and its line in the log. */
export async function answerCall(
  event: APIGatewayProxyEventV2,
  wired: WebhookDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId, http } = event.requestContext;
  const deps = { ...wired, log: withFields(wired.log, { requestId }) };
  const answer = await receive(sourceIdOf(event), callOf(event), deps).catch((error: unknown) => {
    if (error instanceof Problem) return problemResponse(error, requestId);
    deps.log('request.failed', describeFault(error));
    return problemResponse(unanswered(), requestId);
  });
  const route = '/v1/webhooks/{source}';
  deps.log('request.answered', { method: http.method, route, status: answer.statusCode });
  deps.metrics.flush();
  return answer;
}

/** Every sender tries again after a 5xx, and what it sends may be done by then. */
const unanswered = (): Problem =>
  new Problem('internal', 'The logs tell more under this requestId. Send the event again.');
