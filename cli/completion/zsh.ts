import type { Option } from '../arguments.ts';
import type { Command } from '../command.ts';
import { quoted } from '../output/text.ts';
import { completionOf, operandOf, type Value } from './words.ts';

/** Square brackets and colons mean something to _arguments. */
const told = (text: string): string => text.replaceAll(/([[\]:\\])/g, '\\$1');

const actionOf = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return `(${value.choices.join(' ')})`;
    case 'file':
      return '_files';
    case 'text':
    case 'none':
      return ' ';
  }
};

function argument(name: string, option: Option): string {
  const repeat = option.multiple === true ? '*' : '';
  const value = completionOf(option);
  const mark = value.kind === 'none' ? '' : '=';
  const action = value.kind === 'none' ? '' : `:value:${actionOf(value)}`;
  return quoted(`${repeat}--${name}${mark}[${told(option.help)}]${action}`);
}

export function zshScript(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = Object.entries(command.options).map(([name, option]) => argument(name, option));
    const operand = operandOf(command);
    const operands = operand.kind === 'none' ? [] : [quoted(`1:operand:${actionOf(operand)}`)];
    const more = command.operands.length > 1 ? [quoted('*:operand: ')] : [];
    const all = [...options, ...operands, ...more].map((line) => ` \\\n        ${line}`);
    return `    ${command.name})
      _arguments${all.join('')} ;;`;
  });
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${told(summary)}`)}`);
  return `#compdef rescind
_rescind() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _rescind ]]; then
  _rescind "$@"
else
  compdef _rescind rescind
fi
`;
}
