import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { maximumBodyBytes, tooLarge } from '../shared/http/body.ts';
import { Problem } from '../shared/http/problem.ts';
import type { ApiKey } from './api-keys.ts';

/** Beyond this a body is not even read to be thrown away: API Gateway takes 10 MB. */
const readBytes = 10 * 1024 * 1024;

/** The request's target as a URL. @throws Problem `not-found` for one that is no path */
export function targetOf({ url = '/' }: IncomingMessage): URL {
  const target = url.startsWith('/') ? `http://localhost${url}` : url;
  if (URL.canParse(target)) return new URL(target);
  throw new Problem('not-found', 'There is no such path.');
}

/**
 * The body. One that is somewhat too large is read all the same: who is still sending would not
 * hear an answer.
 *
 * @throws Problem `too-large`
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  if (Number(request.headers['content-length'] ?? 0) > readBytes) throw tooLarge();
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > readBytes) throw tooLarge();
    if (bytes <= maximumBodyBytes) chunks.push(buffer);
  }
  if (bytes > maximumBodyBytes) throw tooLarge();
  return Buffer.concat(chunks);
}

/** The request as API Gateway hands it on, version 2.0. */
export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  key: ApiKey | undefined,
): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = targetOf(request);
  const method = request.method ?? 'GET';
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const query = [...searchParams.keys()].map((name) => [name, searchParams.getAll(name).join(',')]);
  const isText = isUtf8(body);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers,
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'local',
      http: {
        method,
        path: pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
      // As a Lambda authorizer would say it.
      ...(key && {
        authorizer: { lambda: { principalId: key.principal, scopes: key.scopes.join(' ') } },
      }),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: !isText,
  };
}
