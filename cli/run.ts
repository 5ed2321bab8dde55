import { version } from '../shared/version.ts';
import { notOnTheCommandLine } from './arguments.ts';
import { commands } from './commands/index.ts';
import type { Context } from './context.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CliFault, Interrupted, OutputClosed, UsageFault } from './faults.ts';
import { commandHelp, overview } from './help.ts';

async function dispatch(args: readonly string[], context: Context): Promise<ExitCode> {
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

/**
 * Runs a command. Whatever goes wrong is told on `stderr`.
 *
 * @param args what stands behind the command's name
 */
export const run = (args: readonly string[], context: Context): Promise<ExitCode> =>
  dispatch(args, context).catch((error: unknown) =>
    explain(error, context).catch(() => exitCodes.failed),
  );
