import type { Command } from '../command.ts';
import { quoted } from '../output/text.ts';
import { completionOf, operandOf, type Value } from './words.ts';

const argumentsOf = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return ` -x -a ${quoted(value.choices.join(' '))}`;
    case 'file':
      return ' -r -F';
    case 'text':
      return ' -x';
    case 'none':
      return '';
  }
};

export function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => {
    const { name, summary, options } = command;
    const here = `complete -c rescind -n '__fish_seen_subcommand_from ${name}'`;
    const operand = operandOf(command);
    return [
      `complete -c rescind -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
      ...(operand.kind === 'choices' ? [`${here} -a ${quoted(operand.choices.join(' '))}`] : []),
      ...(operand.kind === 'file' ? [`${here} -F`] : []),
      ...Object.entries(options).map(([option, spec]) => {
        const short = spec.short === undefined ? '' : ` -s ${spec.short}`;
        return `${here} -l ${option}${short}${argumentsOf(completionOf(spec))} -d ${quoted(spec.help)}`;
      }),
    ];
  });
  return `# fish completion of rescind
complete -c rescind -f
${lines.join('\n')}
`;
}
