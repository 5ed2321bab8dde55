import type { Operand, Option } from './arguments.ts';
import type { Command } from './command.ts';

const nameOf = ({ name, optional, repeated }: Operand): string => {
  const text = repeated === true ? `${name}...` : name;
  return optional === true ? `[${text}]` : text;
};

function optionLine([name, { short, value, choices, type }]: readonly [string, Option]): string {
  const shown = choices === undefined ? (value ?? 'VALUE') : choices.join('|');
  const long = type === 'string' ? `--${name} ${shown}` : `--${name}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/** What `rescind COMMAND --help` prints. */
export function commandHelp({ name, summary, operands, options, notes }: Command): string {
  const lines = Object.entries(options).map((entry) => [optionLine(entry), entry[1].help] as const);
  const width = Math.min(34, Math.max(...lines.map(([left]) => left.length)));
  const listed = lines.map(([left, right]) =>
    left.length > width
      ? `  ${left}\n  ${' '.repeat(width)}  ${right}`
      : `  ${left.padEnd(width)}  ${right}`,
  );
  return `${[
    `Usage: rescind ${[name, ...operands.map(nameOf), '[options]'].join(' ')}`,
    '',
    `${summary}.`,
    '',
    ...listed,
    ...(notes === undefined ? [] : ['', notes]),
  ].join('\n')}\n`;
}

/** What `rescind --help` prints. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return `Usage: rescind COMMAND [options]

Revokes third-party OAuth tokens at their providers, and tells what became of them.

${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

\`rescind COMMAND --help\` tells more. Where Rescind is: --url or RESCIND_URL. Who you are: RESCIND_API_KEY,
RESCIND_TOKEN or --api-key-file; else your AWS credentials. Beside \`npm run local\` neither is needed.

Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 done but not for all, 4 still running, 130 interrupted,
141 nobody reads on.
`;
}
