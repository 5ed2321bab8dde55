import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { scopes } from '../../shared/http/scope.ts';

/** What of a request a test may want to choose. */
export interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly authorizer?: unknown;
}

/** An event as API Gateway makes it of a request. */
export function httpEvent({
  method = 'GET',
  path = '/',
  query,
  headers = {},
  body,
  authorizer = { lambda: { principalId: 'tester', scopes: scopes.join(' ') } },
}: Call = {}): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', ...headers },
    ...(query !== undefined && { queryStringParameters: { ...query } }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'localhost',
      domainPrefix: 'test',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: '$default',
      stage: '$default',
      time: '2026-01-01T00:00:00Z',
      timeEpoch: 0,
      ...{ authorizer },
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  };
}
