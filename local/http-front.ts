import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import type { Duplex } from 'node:stream';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Problem, problemResponse } from '../shared/http/problem.ts';
import { type AdmissionSettings, createAdmission } from './admission.ts';
import { eventOf, readBody } from './http-event.ts';

/** What the front needs of the rest of the stack. */
export interface FrontSettings extends AdmissionSettings {
  readonly invoke: (event: APIGatewayProxyEventV2) => Promise<unknown>;
  /** How long a request may take to arrive, its headers included; half a minute unless told. */
  readonly arrivalMs?: number;
}

/** Request line and headers together: what API Gateway takes. */
export const maximumHeaderBytes = 10_240;

/**
 * API Gateway's part: authenticates, throttles, turns HTTP into version 2.0 events, and answers
 * with what the API function returns.
 */
export function createFront({ invoke, arrivalMs = 30_000, ...settings }: FrontSettings): Server {
  const admit = createAdmission(settings);
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const requestId = randomUUID();
    try {
      const key = admit(request);
      const event = eventOf(request, await readBody(request), requestId, key);
      send(response, (await invoke(event)) as APIGatewayProxyStructuredResultV2);
    } catch (error) {
      send(response, problemResponse(error instanceof Problem ? error : notAnswered(), requestId));
    }
  };
  const server = createServer(
    {
      maxHeaderSize: maximumHeaderBytes,
      // Who dribbles a request in must not hold its connection for ever.
      headersTimeout: arrivalMs,
      requestTimeout: arrivalMs,
      connectionsCheckingInterval: Math.ceil(arrivalMs / 10),
      // Answered by ourselves, as what it is.
      requireHostHeader: false,
    },
    answer,
  );
  // Of expectations we know 100-continue alone; to others, doing without is an answer too.
  server.on('checkExpectation', answer);
  server.on('clientError', refuse);
  return server;
}

const notAnswered = (): Problem =>
  new Problem('unavailable', 'The API function did not answer. Repeat the request.', {
    headers: { 'retry-after': '1' },
  });

function send(
  response: ServerResponse,
  { statusCode = 200, headers = {}, body = '' }: APIGatewayProxyStructuredResultV2,
): void {
  // A body that was refused unread must not be taken for the next request.
  if (statusCode === 413 && !response.req.complete) response.setHeader('connection', 'close');
  response.writeHead(statusCode, { ...headersOf(headers), ...lengthOf(body) });
  response.end(body);
}

const lengthOf = (body: string) => ({ 'content-length': String(Buffer.byteLength(body)) });

const headersOf = (headers: NonNullable<APIGatewayProxyStructuredResultV2['headers']>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

/** Answers what could not be read as HTTP, and ends the connection: nobody knows where it stands. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { statusCode = 400, headers = {}, body = '' } = problemResponse(unreadable(error.code));
  const lines = Object.entries({
    ...headersOf(headers),
    connection: 'close',
    ...lengthOf(body),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\n${lines.join('')}\r\n${body}`);
}

function unreadable(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem(
        'headers-too-large',
        `Send at most ${maximumHeaderBytes} bytes of path, query and headers.`,
      );
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request-timeout', 'Send the whole request at once.');
    default:
      return new Problem('bad-request', 'The request could not be read as HTTP/1.1.');
  }
}
