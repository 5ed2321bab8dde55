import { createServer, request as forward, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';

/** A request on its way through. */
export interface RelayedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface RelayedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Passes the request on, or another in its place. */
export type Onward = (change?: Partial<RelayedRequest>) => Promise<RelayedAnswer>;

/** What is done in place of answering: the socket is the caller's connection. */
export type Sabotage = (socket: Socket) => void;

/** Decides what becomes of one request. A promise that rejects cuts the connection. */
export type Pass = (request: RelayedRequest, onward: Onward) => Promise<RelayedAnswer | Sabotage>;

/** Stands between a client and a server on loopback, at a URL that outlives the server. */
export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Where requests go from now on. */
  readonly lead: (upstream: string) => void;
}

/** @param upstream may be told later, by `lead`; until then requests are cut */
export async function startRelay(pass: Pass, upstream = ''): Promise<Relay> {
  let target = upstream;
  // A connection that was tampered with is answered no more: what lies on it is a lie.
  const spent = new WeakSet<Socket>();
  const server = createServer(async (request, response) => {
    if (spent.has(request.socket)) return;
    try {
      const received: RelayedRequest = {
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: request.headers,
        body: await buffer(request),
      };
      const outcome = await pass(received, (change) => send(target, { ...received, ...change }));
      if (typeof outcome === 'function') {
        spent.add(request.socket);
        outcome(request.socket);
      } else response.writeHead(outcome.status, outcome.headers).end(outcome.body);
    } catch {
      request.socket.destroy();
    }
  });
  // A client that is killed in between is no error of ours.
  server.on('connection', (socket) => socket.on('error', () => undefined));
  // Long enough that it is never the relay that closes a connection at rest.
  server.keepAliveTimeout = 65_000;
  const url = await listenOnLoopback(server, 0);
  return {
    url,
    lead: (next) => {
      target = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Hop by hop, or said anew. */
const notPassedOn = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function send(
  target: string,
  { method, path, headers, body }: RelayedRequest,
): Promise<RelayedAnswer> {
  return new Promise((resolve, reject) => {
    const call = forward(
      target,
      { method, path, headers: { ...headers, 'content-length': body.length } },
      (answer) => {
        buffer(answer).then(
          (received) =>
            resolve({
              status: answer.statusCode ?? 500,
              headers: Object.fromEntries(
                Object.entries(answer.headers)
                  .filter(([name]) => !notPassedOn.has(name))
                  .map(([name, value]) => [name, [value].flat().join(', ')]),
              ),
              body: received,
            }),
          reject,
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}
