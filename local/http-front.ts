import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { maximumBodyBytes, tooLarge } from '../shared/http/body.ts';
import { Problem, problemResponse } from '../shared/http/problem.ts';
import { isLoopbackHost, sameText } from './guard.ts';

/** What the front needs of the rest of the stack. */
export interface FrontSettings {
  readonly apiKey: string;
  readonly invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>;
}

/**
 * API Gateway's part: authenticates, turns HTTP into version 2.0 events, and answers with what the
 * API function returns. Refuses a Host that is not loopback, which is how a web page that rebinds
 * its own name to 127.0.0.1 gives itself away.
 */
export function createFront(settings: FrontSettings): Server {
  return createServer(async (request, response) => {
    const requestId = randomUUID();
    try {
      admit(request, settings.apiKey);
      const event = eventOf(request, await readBody(request), requestId);
      send(response, (await settings.invoke(event)) as APIGatewayProxyStructuredResultV2);
    } catch (error) {
      const problem =
        error instanceof Problem
          ? error
          : new Problem('unavailable', 'The API function did not answer. Repeat the request.');
      send(response, problemResponse(problem, requestId));
    }
  });
}

/** @throws Problem `not-found` for a target that is no path */
function pathOf({ url = '/' }: IncomingMessage): URL {
  const target = url.startsWith('/') ? `http://localhost${url}` : url;
  if (URL.canParse(target)) return new URL(target);
  throw new Problem('not-found', 'There is no such path.');
}

function admit(request: IncomingMessage, apiKey: string): void {
  if (!isLoopbackHost(request.headers.host)) {
    throw new Problem('misdirected-request', 'Call this server as 127.0.0.1 or localhost.');
  }
  if (request.method === 'GET' && pathOf(request).pathname === '/v1/health') return;
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!sameText(given, apiKey)) {
    throw new Problem('unauthenticated', 'Send Authorization: Bearer <API key>.', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
}

/** @throws Problem `too-large`, without reading the rest */
async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > maximumBodyBytes) throw tooLarge();
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function eventOf(
  request: IncomingMessage,
  body: string,
  requestId: string,
): APIGatewayProxyEventV2 {
  const { pathname, search, searchParams } = pathOf(request);
  const method = request.method ?? 'GET';
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(',')]),
  );
  const query = [...searchParams.keys()].map((name) => [name, searchParams.getAll(name).join(',')]);
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
      // As a Lambda authorizer would say it; callers of the embedded stack are all one.
      ...{ authorizer: { lambda: { principalId: 'local' } } },
    },
    ...(body !== '' && { body }),
    isBase64Encoded: false,
  };
}

function send(
  response: ServerResponse,
  { statusCode = 200, headers = {}, body = '' }: APIGatewayProxyStructuredResultV2,
): void {
  // A body that was refused unread must not be taken for the next request.
  if (statusCode === 413) response.setHeader('connection', 'close');
  response.writeHead(
    statusCode,
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  );
  response.end(body);
}
