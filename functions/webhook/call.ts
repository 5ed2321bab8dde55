import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Call } from '../../shared/webhooks/scheme.ts';

/** Size of a call's body. */
export const maximumCallBytes = 1024 * 1024;

/** A call as API Gateway hands it on, its body as the bytes that were sent. */
export function callOf({
  requestContext,
  headers,
  queryStringParameters = {},
  body = '',
  isBase64Encoded,
}: APIGatewayProxyEventV2): Call {
  return {
    method: requestContext.http.method,
    headers,
    query: queryStringParameters,
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** The source that a path names; undefined when it is no path of ours. */
export const sourceIdOf = ({ requestContext }: APIGatewayProxyEventV2): string | undefined =>
  /^\/v1\/webhooks\/([^/]+)\/?$/.exec(requestContext.http.path)?.[1];
