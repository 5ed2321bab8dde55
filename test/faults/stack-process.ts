/**
 * The embedded stack in a process of its own, so that it can be killed, with each function in a
 * further one. Its AWS traffic goes through relays of the process that started it.
 */
import type { ChildProcess } from 'node:child_process';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import type { ProcessOptions } from '../../local/execution-environment.ts';
import { type LocalStack, type Service, startStack } from '../../local/stack.ts';

/** What the process is started with, as JSON in its only argument. */
export interface StackProcessOptions {
  readonly dataDirectory: string;
  readonly providersFile: string;
  /** Where the functions reach each service. */
  readonly relays: Readonly<Record<Service, string>>;
  /** Clocks of the workers to come, in turn: milliseconds they are off. */
  readonly skewsMs: readonly number[];
  readonly sweepSeconds: number;
}

/** From the starter. `led`: the relay knows where to go on; `kill` names a function’s process. */
export type ToStack =
  | { readonly kind: 'led' }
  | { readonly kind: 'kill'; readonly id: number; readonly pid: number }
  | { readonly kind: 'skew'; readonly skewsMs: readonly number[] }
  | { readonly kind: 'close' };

/** To the starter. */
export type FromStack =
  | { readonly kind: 'lead'; readonly service: Service; readonly url: string }
  | { readonly kind: 'killed'; readonly id: number; readonly done: boolean }
  | { readonly kind: 'printed'; readonly text: string }
  | {
      readonly kind: 'ready';
      readonly url: string;
      readonly apiKey: string;
      readonly env: Readonly<Record<string, string>>;
    };

const options = JSON.parse(process.argv[2] ?? '{}') as StackProcessOptions;
const functions = new Map<number, ChildProcess>();
const tell = (message: FromStack) => process.send?.(message);
let skewsMs = options.skewsMs;
let workers = 0;
let stack: LocalStack | undefined;
let led: (() => void) | undefined;

function optionsOf(name: string): ProcessOptions {
  // The API's and the sweep's clocks are right: theirs are what callers compare with.
  const skew = name === 'worker' ? (skewsMs[workers++ % skewsMs.length] ?? 0) : 0;
  return {
    execArgv: ['--import', pathToFileURL(new URL('./preload.ts', import.meta.url).pathname).href],
    env: { RESCIND_FAULTS_NAME: name, RESCIND_FAULTS_SKEW_MS: String(skew) },
    started: (child) => {
      const { pid } = child;
      if (pid === undefined) return;
      functions.set(pid, child);
      child.once('exit', () => functions.delete(pid));
    },
  };
}

process.on('message', async (message: ToStack) => {
  switch (message.kind) {
    case 'led':
      led?.();
      return;
    case 'skew':
      skewsMs = message.skewsMs;
      return;
    case 'kill': {
      const child = functions.get(message.pid);
      const done = child !== undefined && child.exitCode === null && child.kill('SIGKILL');
      tell({ kind: 'killed', id: message.id, done });
      return;
    }
    case 'close':
      await stack?.close();
      process.exit();
  }
});
process.once('disconnect', () => process.exit());

stack = await startStack({
  port: 0,
  dataDirectory: options.dataDirectory,
  providersFile: options.providersFile,
  sweepSeconds: options.sweepSeconds,
  processes: optionsOf,
  logLevel: 'INFO',
  output: new Writable({
    write: (chunk: Buffer, _encoding, written) => {
      tell({ kind: 'printed', text: chunk.toString() });
      written();
    },
  }),
  // One service after another: each waits until its relay knows where to go on.
  tap: (service, url) =>
    new Promise((resolve) => {
      led = () => resolve(options.relays[service]);
      tell({ kind: 'lead', service, url });
    }),
});
tell({ kind: 'ready', url: stack.url, apiKey: stack.apiKey, env: stack.env });
