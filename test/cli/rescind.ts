import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createOutput, unheeded } from '../../cli/output/output.ts';
import { run } from '../../cli/run.ts';
import type { TestServer } from './server.ts';

export const mainFile = fileURLToPath(new URL('../../cli/rescind.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly cwd?: string;
  /** Added to an environment that knows nothing of any Rescind. */
  readonly env?: Readonly<Record<string, string>>;
  readonly execArgv?: readonly string[];
  /** A file that takes what it prints, in place of a pipe. */
  readonly stdout?: number;
  /** Given the process while it runs. */
  readonly during?: (child: ChildProcess) => void;
}

/** Runs the command without a terminal. It has no process of its own, which takes many times as long. */
export async function rescind(
  args: readonly string[],
  { input = '', env = {} }: Pick<RunOptions, 'input' | 'env'> = {},
): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([stdout, stderr].map(textOf));
  const code = await run(args, {
    env: { HOME: '/nonexistent', ...env },
    stdin: Readable.from([Buffer.from(input)]),
    stdout: createOutput(stdout, env),
    stderr: unheeded(createOutput(stderr, env)),
    signal: new AbortController().signal,
  });
  for (const stream of [stdout, stderr]) stream.end();
  const [out = '', err = ''] = await printed;
  return { code, stdout: out, stderr: err };
}

/** Runs the command as a shell would, without a terminal. */
export async function spawnRescind(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const { input = '', cwd, env = {}, execArgv = [], stdout: file, during } = options;
  const child = spawn(process.execPath, [...execArgv, mainFile, ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    stdio: ['pipe', file ?? 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => {
    // It need not wait for what it has no use for.
  });
  child.stdin?.end(input);
  during?.(child);
  const ended = once(child, 'close');
  const printed = Promise.all([child.stdout, child.stderr].map(textOf));
  const [[stdout = '', stderr = '']] = await Promise.all([printed, ended]);
  return { code: child.exitCode, stdout, stderr };
}

/** Nothing for what is no pipe, or was closed before its end. */
const textOf = (stream: Readable | null): Promise<string> =>
  stream === null ? Promise.resolve('') : text(stream).catch(() => '');

/** The environment in which it finds a server. */
export const at = ({ url, key }: TestServer): Readonly<Record<string, string>> => ({
  RESCIND_URL: url,
  RESCIND_API_KEY: key,
});

/** Runs it in a process of its own only where something is to be done to that. */
export const runFor = ({ during, stdout }: RunOptions): typeof spawnRescind =>
  during === undefined && stdout === undefined ? rescind : spawnRescind;
