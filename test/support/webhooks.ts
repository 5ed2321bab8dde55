import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createTransport } from '../../shared/providers/transport.ts';
import type { Authenticated, Call } from '../../shared/webhooks/scheme.ts';

/** A call as it came in, with what a test chooses. */
export const webhookCall = ({
  method = 'POST',
  headers = {},
  query = {},
  body = '',
}: Partial<Omit<Call, 'body'>> & { body?: string | Buffer } = {}): Call => ({
  method,
  headers,
  query,
  body: Buffer.from(body),
});

/** What is wrong with a call; undefined when it is authentic. */
export const reasonOf = (authenticated: Authenticated): string | undefined =>
  authenticated.kind === 'refused' ? authenticated.reason : undefined;

/** The call with one bit of its body, or of one of these headers, turned over. */
export const damaged = (call: Call, headers: readonly string[]): fc.Arbitrary<Call> =>
  fc
    .tuple(fc.constantFrom('body', ...headers), fc.nat(), fc.nat({ max: 7 }))
    .map(([where, at, bit]) => {
      const turn = (bytes: Buffer): Buffer => {
        const copy = Buffer.from(bytes);
        const index = at % copy.length;
        copy[index] = (copy[index] ?? 0) ^ (1 << bit);
        return copy;
      };
      if (where === 'body') return { ...call, body: turn(call.body) };
      const value = turn(Buffer.from(call.headers[where] ?? '', 'latin1')).toString('latin1');
      return { ...call, headers: { ...call.headers, [where]: value } };
    });

/** A host that publishes keys, and counts who asks. */
export interface KeyHost extends AsyncDisposable {
  readonly url: string;
  readonly send: ReturnType<typeof createTransport>;
  /** Requests so far, each with the ETag that it knew. */
  readonly asked: (string | undefined)[];
  /** What it publishes now; empty during an outage. */
  readonly published: string;
  /** What it publishes from now on; undefined for an outage. */
  publish: (body: string | undefined) => void;
}

export async function startKeyHost(first: string): Promise<KeyHost> {
  let published: string | undefined = first;
  let version = 1;
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const known = request.headers['if-none-match'];
    asked.push(known);
    const etag = `"${version}"`;
    if (published === undefined) response.writeHead(503).end();
    else if (known === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'content-type': 'application/json' }).end(published);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/keys`,
    send: createTransport(2000),
    asked,
    get published() {
      return published ?? '';
    },
    publish: (body) => {
      published = body;
      version += 1;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
