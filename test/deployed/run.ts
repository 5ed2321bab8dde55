import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs a command with our own standard streams; `quiet` keeps what it prints to itself, unless it fails.
 *
 * @returns its exit code
 * @throws Error when it cannot be started, or fails and `check` is not false
 */
export async function run(
  command: string,
  args: readonly string[],
  {
    env = process.env,
    check = true,
    cwd = process.cwd(),
    input = undefined as string | undefined,
    quiet = false,
  } = {},
): Promise<number> {
  const child = spawn(command, args, {
    env,
    cwd,
    stdio: [
      input === undefined ? 'inherit' : 'pipe',
      ...(quiet ? (['pipe', 'pipe'] as const) : (['inherit', 'inherit'] as const)),
    ],
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => printed.push(chunk));
  }
  child.stdin?.end(input);
  // What ends us ends it first, so that whoever called can clear up.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', pass);
  const [code] = await once(child, quiet ? 'close' : 'exit');
  process.off('SIGTERM', pass);
  const exitCode = typeof code === 'number' ? code : 1;
  if (exitCode !== 0) process.stderr.write(Buffer.concat(printed));
  if (check && exitCode !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${exitCode}`);
  return exitCode;
}
