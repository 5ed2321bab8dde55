import { type Arguments, type Operand, type Options, readArguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { ExitCode } from './exit-codes.ts';

/** One of the things that `rescind` can do. */
export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly operands: readonly Operand[];
  readonly options: Options;
  /** Told below the options. */
  readonly notes?: string;
  /** @throws UsageFault and whatever the command fails with */
  readonly run: (args: readonly string[], context: Context) => Promise<ExitCode>;
}

interface Definition<O extends Options> {
  readonly name: string;
  readonly summary: string;
  readonly operands?: readonly Operand[];
  readonly options: O;
  readonly notes?: string;
  readonly run: (given: Arguments<O>, context: Context) => Promise<ExitCode>;
}

/** Every command has it. */
export const help = {
  help: { type: 'boolean', short: 'h', help: 'Show this' },
} as const satisfies Options;

/** Options of commands that call the API. */
export const connection = {
  url: { type: 'string', value: 'URL', help: 'Where Rescind is (RESCIND_URL)' },
  'api-key-file': {
    type: 'string',
    value: 'FILE',
    help: 'Holds the API key or bearer token (RESCIND_API_KEY, RESCIND_TOKEN)',
  },
  region: { type: 'string', value: 'REGION', help: 'Of AWS, where the URL does not name it' },
  ...help,
} as const satisfies Options;

export const json = {
  json: { type: 'boolean', help: 'Print JSON: one object a line' },
} as const satisfies Options;

export const yes = {
  yes: { type: 'boolean', short: 'y', help: 'Do not ask' },
} as const satisfies Options;

export function defineCommand<const O extends Options>(definition: Definition<O>): Command {
  const { operands = [], run, ...rest } = definition;
  return {
    ...rest,
    operands,
    run: async (args, context) =>
      run(readArguments({ options: definition.options, operands }, args), context),
  };
}
