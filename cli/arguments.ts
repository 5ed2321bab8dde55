import { parseArgs } from 'node:util';
import { UsageFault } from './faults.ts';

/** An option of a command; `parseArgs` reads its type. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly short?: string;
  /** What stands for the value in the help. */
  readonly value?: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What stands on the command line besides options. */
export interface Operand {
  readonly name: string;
  readonly optional?: boolean;
  readonly repeated?: boolean;
  readonly choices?: readonly string[];
}

interface Shape<O extends Options> {
  readonly options: O;
  readonly operands: readonly Operand[];
}

type Config<O extends Options> = {
  readonly options: O;
  readonly args: string[];
  readonly allowPositionals: true;
  readonly strict: true;
};

export type Values<O extends Options> = ReturnType<typeof parseArgs<Config<O>>>['values'];

/** What a command was given. */
export interface Arguments<O extends Options> {
  readonly values: Values<O>;
  readonly operands: readonly string[];
}

/** Said wherever an argument is refused, since it may have been a token. */
export const notOnTheCommandLine =
  'A token must never stand on the command line: other users see it there, and the shell keeps it. If one did, revoke it; `rescind revoke` reads it from standard input.';

/**
 * Reads a command's arguments.
 *
 * @throws UsageFault that quotes no argument: a misplaced one may be a token
 */
export function readArguments<const O extends Options>(
  shape: Shape<O>,
  args: readonly string[],
): Arguments<O> {
  checkOptions(shape.options, args);
  const config: Config<O> = {
    options: shape.options,
    args: [...args],
    allowPositionals: true,
    strict: true,
  };
  const { values, positionals } = parseArgs<Config<O>>(config);
  checkOperands(shape.operands, positionals);
  return { values, operands: positionals };
}

/** Strict `parseArgs` quotes what it refuses, so that is looked for before. */
function checkOptions(options: Options, args: readonly string[]): void {
  const { tokens } = parseArgs({ options, args: [...args], strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) {
      throw new UsageFault(`There is no option ${quoteOption(token.name)}`);
    }
    const name = `--${token.name}`;
    if (option.type === 'boolean' && token.value !== undefined) {
      throw new UsageFault(`${name} takes no value.`);
    }
    if (option.type !== 'string') continue;
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith('-'))) {
      throw new UsageFault(`${name} needs a value: ${name}=${option.value ?? 'VALUE'}.`);
    }
    if (option.choices !== undefined && !option.choices.includes(token.value)) {
      throw new UsageFault(`${name} must be one of ${option.choices.join(', ')}.`);
    }
  }
}

/** A word is shown as it is; anything else may be a token. */
const quoteOption = (name: string): string =>
  /^[a-z]+(-[a-z]+){0,3}$/.test(name) && name.length <= 24
    ? `--${name}.`
    : `like that. ${notOnTheCommandLine}`;

function checkOperands(operands: readonly Operand[], given: readonly string[]): void {
  const needed = operands.filter(({ optional }) => optional !== true);
  const missing = needed[given.length];
  if (missing !== undefined) throw new UsageFault(`${missing.name} is missing.`);
  if (given.length > operands.length && operands.at(-1)?.repeated !== true) {
    throw new UsageFault(`There is an argument too many. ${notOnTheCommandLine}`);
  }
  for (const [at, { name, choices }] of operands.entries()) {
    const operand = given[at];
    if (operand !== undefined && choices !== undefined && !choices.includes(operand)) {
      throw new UsageFault(`${name} must be one of ${choices.join(', ')}.`);
    }
  }
}
