import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AtOrigin, CannedAnswer } from './table.ts';

/** One request as it arrived, byte for byte. */
export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the server says until told otherwise. */
export interface Script {
  readonly answer: AtOrigin<CannedAnswer>;
  readonly answers?: Readonly<Record<string, AtOrigin<CannedAnswer>>>;
}

/** A raw loopback HTTP server that records what arrives and answers what it is told. */
export interface CannedServer extends AsyncDisposable {
  readonly origin: string;
  readonly play: (script: Script) => void;
  /** Hands over what has arrived since the last call, and forgets it. */
  readonly take: () => Received[];
}

export async function startCannedServer(): Promise<CannedServer> {
  let script: Script = { answer: { status: 500 } };
  let received: Received[] = [];
  let origin = '';

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const url = request.url ?? '';
    received.push({
      method: request.method ?? '',
      url,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    const canned = at(origin, script.answers?.[url.split('?')[0] ?? ''] ?? script.answer);
    response.writeHead(canned.status, canned.headers).end(canned.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  origin = `http://127.0.0.1:${address.port}`;

  return {
    origin,
    play: (next) => {
      script = next;
    },
    take: () => {
      const taken = received;
      received = [];
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const isMaker = <T>(value: AtOrigin<T>): value is (origin: string) => T =>
  typeof value === 'function';

/** A table's value at this server. */
export const at = <T>(origin: string, value: AtOrigin<T>): T =>
  isMaker(value) ? value(origin) : value;
