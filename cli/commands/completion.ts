import { defineCommand, help } from '../command.ts';
import { completionScript, shells } from '../completion/scripts.ts';
import { exitCodes } from '../exit-codes.ts';
import { commands } from './index.ts';

export const completion = defineCommand({
  name: 'completion',
  summary: 'Print a script that completes commands and options in a shell',
  operands: [{ name: 'bash|zsh|fish', choices: shells }],
  options: help,
  notes: `bash:  source <(npx rescind completion bash)
zsh:   source <(npx rescind completion zsh)
fish:  npx rescind completion fish | source`,
  run: async ({ operands }, { stdout }) => {
    const shell = shells.find((each) => each === operands[0]);
    if (shell !== undefined) await stdout.write(completionScript(shell, commands));
    return exitCodes.done;
  },
});
