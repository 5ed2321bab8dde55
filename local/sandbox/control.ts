import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod';
import { BodyTooLarge, parseJson, readText } from './http.ts';
import type { Sandbox } from './sandbox.ts';
import { issueRequest } from './tokens.ts';

/**
 * The sandbox over HTTP, under `/sandbox`, for processes other than the one that started it.
 * Nothing here is counted, delayed or disturbed by faults.
 */

/** Enough to ask about 100,000 tokens at once. */
const maximumBodyBytes = 64 * 1024 * 1024;

const tokenList = z.strictObject({ tokens: z.array(z.string()) });

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

type Route = (sandbox: ControlledSandbox, body: unknown) => Reply | Promise<Reply>;

/** What the routes need; faults and behaviour come unchecked and are checked by their setters. */
export interface ControlledSandbox
  extends Omit<Sandbox, 'setFaults' | 'setBehaviour' | 'close' | typeof Symbol.asyncDispose> {
  readonly faults: () => unknown;
  readonly setFaults: (faults: unknown) => void;
  readonly behaviour: () => unknown;
  readonly setBehaviour: (change: object) => void;
}

const ok = (body: unknown): Reply => ({ status: 200, body });

const routes: Readonly<Record<string, Route>> = {
  'GET /sandbox': ({ kind, url, provider, secret, faults, behaviour }) =>
    ok({ kind, url, provider, secret, faults: faults(), behaviour: behaviour() }),
  'POST /sandbox/tokens': async (sandbox, body) => ({
    status: 201,
    body: { tokens: await sandbox.issue(issueRequest.parse(body)) },
  }),
  'POST /sandbox/alive': async (sandbox, body) =>
    ok({ alive: await sandbox.alive(tokenList.parse(body).tokens) }),
  'POST /sandbox/tokens/revoke': async (sandbox, body) =>
    ok({ revoked: await sandbox.revoke(tokenList.parse(body).tokens) }),
  'GET /sandbox/faults': ({ faults }) => ok(faults()),
  'PUT /sandbox/faults': ({ faults, setFaults }, body) => {
    setFaults(body);
    return ok(faults());
  },
  'GET /sandbox/behaviour': ({ behaviour }) => ok(behaviour()),
  'PATCH /sandbox/behaviour': ({ behaviour, setBehaviour }, body) => {
    setBehaviour(z.record(z.string(), z.unknown()).parse(body));
    return ok(behaviour());
  },
  'GET /sandbox/stats': (sandbox) => ok(sandbox.stats()),
  'DELETE /sandbox/stats': (sandbox) => {
    sandbox.resetStats();
    return ok(sandbox.stats());
  },
};

export const isControlPath = (path: string): boolean =>
  path === '/sandbox' || path.startsWith('/sandbox/');

export async function control(
  sandbox: ControlledSandbox,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, body } = await reply(sandbox, path, request);
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function reply(
  sandbox: ControlledSandbox,
  path: string,
  request: IncomingMessage,
): Promise<Reply> {
  const name = `${request.method} ${path}`;
  const route = routes[name];
  if (route === undefined) {
    const known = Object.keys(routes).join(', ');
    return { status: 404, body: { error: `there is no ${name}; there are ${known}` } };
  }
  try {
    const text = await readText(request, maximumBodyBytes);
    const body = text === '' ? {} : parseJson(text);
    if (body === undefined) return { status: 400, body: { error: 'the body is not JSON' } };
    return await route(sandbox, body);
  } catch (error) {
    if (error instanceof z.ZodError) {
      return { status: 400, body: { error: z.prettifyError(error) } };
    }
    if (error instanceof BodyTooLarge)
      return { status: 413, body: { error: 'the body is too large' } };
    throw error;
  }
}
