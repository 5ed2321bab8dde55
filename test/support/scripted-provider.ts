import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';
import type { Entry } from './stack.ts';

/** One revocation call as it arrived. */
export interface Call {
  readonly token: string;
  /** How often this token has been sent, this call included. */
  readonly times: number;
  readonly authorization: string | undefined;
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the provider says to a call; `drop` closes the connection without an answer. */
export type Script = (call: Call) => ScriptedAnswer | 'drop' | Promise<ScriptedAnswer | 'drop'>;

/** An RFC 7009 server that behaves as one test wants it to. */
export interface ScriptedProvider extends AsyncDisposable {
  readonly entry: Entry;
  readonly secret: { clientId: string; clientSecret: string };
  /** Every call so far, in order of arrival. */
  readonly calls: Call[];
  readonly callsFor: (token: string) => Call[];
}

export const ok: ScriptedAnswer = { status: 200 };

export async function startScriptedProvider(
  id: string,
  script: Script,
  entry: Readonly<Record<string, unknown>> = {},
): Promise<ScriptedProvider> {
  const calls: Call[] = [];
  const callsFor = (token: string) => calls.filter((call) => call.token === token);
  const server = createServer(async (request, response) => {
    const token = new URLSearchParams(await text(request)).get('token') ?? '';
    const { authorization } = request.headers;
    const call = { token, times: callsFor(token).length + 1, authorization };
    calls.push(call);
    const answer = await script(call);
    if (answer === 'drop') request.socket.destroy();
    else response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const origin = await listenOnLoopback(server, 0);
  return {
    entry: {
      id,
      kind: 'rfc7009',
      baseUrl: origin,
      ...entry,
      options: { revocationEndpoint: `${origin}/revoke` },
    },
    secret: { clientId: 'test-client', clientSecret: 'test-secret' },
    calls,
    callsFor,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
