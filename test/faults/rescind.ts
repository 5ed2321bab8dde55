import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { withApiKey } from '../../local/client.ts';
import { type Caller, callerOver } from '../support/caller.ts';
import type { AwsRelays } from './aws-relays.ts';
import type { FromStack, StackProcessOptions, ToStack } from './stack-process.ts';

export interface RescindOptions {
  readonly dataDirectory: string;
  readonly providersFile: string;
  readonly relays: AwsRelays;
  readonly printed: (text: string) => void;
}

/** The embedded stack as its callers see it, which can be killed and started again. */
export interface Rescind extends Caller {
  readonly dataDirectory: string;
  /** Credentials of its own queues. */
  readonly env: () => Readonly<Record<string, string>>;
  /** Kills the whole stack, by SIGKILL, and starts it on what is left. */
  readonly restart: () => Promise<void>;
  /** Kills one function's process; answers whether it was alive. */
  readonly kill: (pid: number) => Promise<boolean>;
  /** Sets the clocks of the workers that start from now on, in turn. */
  readonly skew: (skewsMs: readonly number[]) => void;
  readonly close: () => Promise<void>;
}

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly apiKey: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function startRescind(options: RescindOptions): Promise<Rescind> {
  const { dataDirectory, relays } = options;
  let skewsMs: readonly number[] = [0];
  const kills = new Map<number, (done: boolean) => void>();
  let asked = 0;
  const start = () =>
    launch({ ...options, skewsMs }, (id, done) => {
      kills.get(id)?.(done);
      kills.delete(id);
    });
  let running: Promise<Running> = start();
  await running;

  const tell = async (message: ToStack) => {
    const { child } = await running;
    if (child.connected) child.send(message, () => undefined);
  };
  const caller = callerOver(async (path, init) => {
    const { url, apiKey } = await running;
    const headers = { 'content-type': 'application/json', ...init?.headers };
    return withApiKey(url, apiKey)(path, {
      ...init,
      headers,
      signal: init?.signal ?? AbortSignal.timeout(40_000),
    });
  });
  let env = (await running).env;

  return {
    ...caller,
    dataDirectory,
    env: () => env,
    restart: async () => {
      const { child } = await running;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      for (const resolve of kills.values()) resolve(false);
      kills.clear();
      relays.lead(undefined);
      running = start();
      env = (await running).env;
    },
    kill: (pid) =>
      new Promise((resolve) => {
        asked += 1;
        kills.set(asked, resolve);
        void tell({ kind: 'kill', id: asked, pid });
      }),
    skew: (next) => {
      skewsMs = next;
      void tell({ kind: 'skew', skewsMs });
    },
    close: async () => {
      const { child } = await running;
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.send({ kind: 'close' } satisfies ToStack);
      const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** @throws Error when the stack ends before it is ready */
async function launch(
  {
    dataDirectory,
    providersFile,
    relays,
    printed,
    skewsMs,
  }: RescindOptions & Pick<StackProcessOptions, 'skewsMs'>,
  killed: (id: number, done: boolean) => void,
): Promise<Running> {
  const given: StackProcessOptions = {
    dataDirectory,
    providersFile,
    relays: relays.urls,
    skewsMs,
    sweepSeconds: 5,
  };
  const child = fork(
    fileURLToPath(new URL('./stack-process.ts', import.meta.url)),
    [JSON.stringify(given)],
    { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] },
  );
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => printed(chunk.toString()));
  }
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the stack ended with ${code}`)));
    child.on('message', (message: FromStack) => {
      switch (message.kind) {
        case 'lead':
          relays.lead({ service: message.service, url: message.url });
          child.send({ kind: 'led' } satisfies ToStack);
          return;
        case 'killed':
          killed(message.id, message.done);
          return;
        case 'printed':
          printed(message.text);
          return;
        case 'ready':
          resolve({ child, url: message.url, apiKey: message.apiKey, env: message.env });
      }
    });
  });
}
