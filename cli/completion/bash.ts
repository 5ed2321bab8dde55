import type { Command } from '../command.ts';
import { completionOf, operandOf, type Value } from './words.ts';

// Names of files may have spaces in them, but hardly ever line breaks.
const files = `local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur"))`;
const words = (list: readonly string[]): string =>
  `COMPREPLY=($(compgen -W '${list.join(' ')}' -- "$cur"))`;

const replyOf = (value: Value): string => {
  switch (value.kind) {
    case 'choices':
      return words(value.choices);
    case 'file':
      return files;
    case 'text':
    case 'none':
      return ':';
  }
};

/** Completes `--option value` and, as bash splits at `=`, `--option=value`. */
export function bashScript(commands: readonly Command[]): string {
  const values = commands.flatMap(({ name, options }) =>
    Object.entries(options)
      .filter(([, { type }]) => type === 'string')
      .map(
        ([option, spec]) => `    ${name}:--${option}) ${replyOf(completionOf(spec))}; return ;;`,
      ),
  );
  const rest = commands.map((command) => {
    const options = Object.keys(command.options).map((option) => `--${option}`);
    return `    ${command.name})
      if [[ $cur == -* ]]; then ${words(options)}; else ${replyOf(operandOf(command))}; fi ;;`;
  });
  return `# bash completion of rescind
_rescind() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]}
  COMPREPLY=()
  if [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  if [[ $cur == = ]]; then cur=; fi
  if ((COMP_CWORD == 1)); then
    ${words([...commands.map(({ name }) => name), '--help', '--version'])}
    return
  fi
  case $command:$prev in
${values.join('\n')}
  esac
  case $command in
${rest.join('\n')}
  esac
}
complete -F _rescind rescind
`;
}
