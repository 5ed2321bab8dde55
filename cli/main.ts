/** The command `rescind`. */

import { version } from '../shared/version.ts';
import { notOnTheCommandLine } from './arguments.ts';
import { commands } from './commands/index.ts';
import type { Context } from './context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CliFault, Interrupted, OutputClosed, UsageFault } from './faults.ts';
import { commandHelp, overview } from './help.ts';
import { createOutput, unheeded } from './output/output.ts';

async function run(args: readonly string[], context: Context): Promise<ExitCode> {
  const [name, ...rest] = args;
  const { write } = context.stdout;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    await write(overview(commands));
    return name === undefined ? exitCodes.misused : exitCodes.done;
  }
  if (name === '--version') {
    await write(`${version}\n`);
    return exitCodes.done;
  }
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const names = commands.map((each) => each.name).join(', ');
    throw new UsageFault(`The first argument must be one of ${names}. ${notOnTheCommandLine}`);
  }
  const end = rest.indexOf('--');
  if (rest.slice(0, end < 0 ? undefined : end).some((arg) => arg === '--help' || arg === '-h')) {
    await write(commandHelp(command));
    return exitCodes.done;
  }
  return command.run(rest, context).catch((error: unknown) => {
    if (error instanceof UsageFault) {
      throw new UsageFault(`${error.message}\n\`rescind ${command.name} --help\` tells more.`);
    }
    throw error;
  });
}

/** Only what a person can mend is told in a line; anything else is a bug and keeps its stack. */
async function explain(error: unknown, { stderr, signal }: Context): Promise<ExitCode> {
  if (error instanceof OutputClosed) return exitCodes.unread;
  if (error instanceof CliFault) {
    await stderr.write(`rescind: ${error.message}\n`);
    return error.exitCode;
  }
  if (signal.aborted) return new Interrupted().exitCode;
  const stack = error instanceof Error ? error.stack : undefined;
  await stderr.write(`rescind: this is a bug in rescind. ${stack ?? String(error)}\n`);
  return exitCodes.failed;
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The second time it does not wait: whatever is under way may be repeated.
  process.on(signal, () =>
    stop.signal.aborted ? process.exit(exitCodes.interrupted) : stop.abort(),
  );
}
const context: Context = {
  env: process.env,
  stdin: process.stdin,
  stdout: createOutput(process.stdout, process.env),
  stderr: unheeded(createOutput(process.stderr, process.env)),
  signal: stop.signal,
};
process.exitCode = await run(process.argv.slice(2), context).catch((error: unknown) =>
  explain(error, context).catch(() => exitCodes.failed),
);
// A connection kept alive, or a terminal that is still read, would keep the process.
process.exit();
