import { type ChildProcess, fork } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import type { Invocation, Reply } from './function-runtime.ts';

/** Where one instance of a function runs: what Lambda calls an execution environment. */
export interface ExecutionEnvironment {
  readonly post: (invocation: Invocation) => void;
  /** Ends it at once, whatever it is doing. */
  readonly end: () => Promise<void>;
}

/** What is to be started, and who is told of what comes of it. */
export interface EnvironmentSettings {
  readonly name: string;
  /** The bundle's module, as a file URL. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string>>;
  readonly print: (chunk: Buffer | string) => void;
  readonly replied: (reply: Reply) => void;
  /** Called once, after the last reply. */
  readonly ended: () => void;
}

/** How the environments of a function start. */
export type StartEnvironment = (settings: EnvironmentSettings) => ExecutionEnvironment;

/** What a function's process gets besides its environment variables. */
export interface ProcessOptions {
  /** Arguments of Node itself. */
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Is given each process, to kill it. */
  readonly started?: (child: ChildProcess) => void;
}

const runtime = new URL('./function-runtime.ts', import.meta.url);

/** In a thread: starts fast, and ends with this process. */
export const startThread: StartEnvironment = ({ name, entry, env, print, replied, ended }) => {
  const worker = new Worker(runtime, {
    name,
    workerData: { entry, name },
    env: { ...env },
    stdout: true,
    stderr: true,
  });
  for (const stream of [worker.stdout, worker.stderr]) stream.on('data', print);
  worker.on('message', replied);
  // An `exit` follows every `error`.
  worker.on('error', (error: unknown) => {
    print(`${name} crashed: ${error instanceof Error ? error.name : 'unknown'}\n`);
  });
  worker.on('exit', ended);
  return {
    post: (invocation) => worker.postMessage(invocation),
    end: async () => {
      await worker.terminate();
    },
  };
};

/** In a process of its own, which can be killed as a machine's failure kills it. */
export const startProcess =
  (optionsOf: (name: string) => ProcessOptions): StartEnvironment =>
  ({ name, entry, env, print, replied, ended }) => {
    const options = optionsOf(name);
    const child = fork(runtime, [entry, name], {
      env: { ...env, ...options.env },
      execArgv: [...options.execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    options.started?.(child);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', print);
    child.on('message', (reply: Reply) => replied(reply));
    // A message that a dying process did not take is told by its exit.
    child.on('error', () => undefined);
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    void exited.then(ended);
    return {
      post: (invocation) => {
        child.send(invocation, () => undefined);
      },
      end: async () => {
        child.kill('SIGKILL');
        await exited;
      },
    };
  };
