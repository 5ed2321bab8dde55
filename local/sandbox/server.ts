import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlledSandbox, control, isControlPath } from './control.ts';
import { faultsSchema } from './faults.ts';
import { type Answer, BodyTooLarge, type Call, createCall } from './http.ts';
import { createInjector } from './injector.ts';
import { interrupt, redirectTarget, sendAnswer } from './interruptions.ts';
import type { Endpoint, SandboxDefinition } from './model.ts';
import type { Sandbox, SandboxKind, SandboxOptions } from './sandbox.ts';
import { createRecorder } from './statistics.ts';
import { issueRequest } from './tokens.ts';

const loopback = '127.0.0.1';

/** Runs one provider: its endpoints behind the faults, and the control routes beside them. */
export async function createSandbox<Kind extends SandboxKind>(
  kind: Kind,
  definition: SandboxDefinition,
  { id = kind, port = 0, behaviour = {}, faults = {} }: SandboxOptions<Kind>,
): Promise<Sandbox<Kind>> {
  let settings = faultsSchema.parse(faults);
  let inject = createInjector(settings);
  let recorder = createRecorder();
  const closing = new AbortController();
  const server = createServer();
  // Longer than any client keeps an idle connection: it is never we who close under its request.
  server.keepAliveTimeout = 65_000;
  const url = `http://${loopback}:${await listen(server, port)}`;
  const running = await definition.start({ origin: url, behaviour }).catch((error: unknown) => {
    server.close();
    throw error;
  });
  const { model } = running;

  const controlled: ControlledSandbox & Sandbox<Kind> = {
    kind,
    url,
    secret: model.secret,
    get provider() {
      const options = model.options();
      const entry = { id, kind, baseUrl: url };
      return Object.keys(options).length === 0 ? entry : { ...entry, options };
    },
    issue: (request = {}) => model.tokens.issue(issueRequest.parse(request)),
    isAlive: model.tokens.isAlive,
    alive: async (tokens) => {
      const states = await Promise.all(tokens.map(model.tokens.isAlive));
      return tokens.filter((_, index) => states[index]);
    },
    revoke: async (tokens) => {
      let revoked = 0;
      for (const token of tokens) revoked += (await model.tokens.revoke(token)) ? 1 : 0;
      return revoked;
    },
    faults: () => settings,
    setFaults: (change) => {
      settings = faultsSchema.parse(change);
      inject = createInjector(settings);
    },
    behaviour: running.behaviour,
    setBehaviour: running.behave,
    stats: () => recorder.read(),
    resetStats: () => {
      recorder = createRecorder();
    },
    close,
    [Symbol.asyncDispose]: close,
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = createCall(request);
    if (isControlPath(call.path)) return control(controlled, call.path, request, response);
    if (call.path === redirectTarget) recorder.redirectFollowed();
    const endpoint = model.endpointOf(call.method, call.path);
    const exchange = { request, response, recorder };
    recorder.begin(endpoint.purpose);
    try {
      const { delayMs, interruption, carriedOut } = inject(endpoint.purpose);
      if (delayMs > 0) await delay(delayMs, undefined, { signal: closing.signal });
      const proper = carriedOut ? await answerOf(endpoint, call) : undefined;
      if (interruption !== undefined) interrupt(exchange, model, interruption, proper);
      else if (proper !== undefined) sendAnswer(exchange, proper);
    } finally {
      exchange.recorder.end();
    }
  }

  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A caller that hung up, or our own end, leaves nothing to answer.
      if (closing.signal.aborted || request.socket.destroyed) return;
      console.error(`sandbox ${kind}:`, error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    closing.abort();
    server.closeAllConnections();
    await closed;
  }

  return controlled;
}

async function answerOf(endpoint: Endpoint, call: Call): Promise<Answer> {
  try {
    return await endpoint.answer(call);
  } catch (error) {
    if (error instanceof BodyTooLarge) return { status: 413 };
    throw error;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, loopback, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('the sandbox has no port'));
    });
  });
}
