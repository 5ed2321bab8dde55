import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../commands/index.ts';
import { completionScript, shells } from './scripts.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'rescind-completion-'));
  writeFileSync(join(directory, 'tokens of all.csv'), '');
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What bash suggests for a line that ends where the cursor is. */
function suggested(line: string): string[] {
  // As bash splits a line: at spaces, and `=` is a word of its own.
  const words = line.split(/ |(?==)|(?<==)/);
  const driver = `${completionScript('bash', commands)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_rescind
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['--norc', '-c', driver], {
    cwd: directory,
    encoding: 'utf8',
  });
  return printed.split('\n').filter((word) => word !== '');
}

describe('bash', () => {
  test.each([
    ['rescind ', [...commands.map(({ name }) => name), '--help', '--version']],
    ['rescind re', ['redrive', 'report', 'report-keys', 'revoke']],
    ['rescind outcomes --for', ['--format']],
    ['rescind outcomes --format ', ['table', 'csv', 'ndjson']],
    ['rescind outcomes --format=n', ['ndjson']],
    ['rescind outcomes --format=', ['table', 'csv', 'ndjson']],
    ['rescind bulk --on-invalid s', ['stop', 'skip']],
    ['rescind grants p', ['put']],
    ['rescind completion ', ['bash', 'zsh', 'fish']],
    ['rescind bulk to', ['tokens of all.csv']],
    ['rescind bulk --report to', ['tokens of all.csv']],
    ['rescind status ', []],
    ['rescind redrive --provider ', []],
    ['rescind nothing --', []],
  ])('%j', (line, words) => {
    expect(suggested(line).toSorted()).toEqual(words.toSorted());
  });
});

test('what docs/cli.md says makes bash complete it, and call it by npx', () => {
  const docs = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  const block = /^## Completion\n.*?```sh\n(.*?)```/ms.exec(docs)?.[1] ?? '';
  writeFileSync(join(directory, 'script'), completionScript('bash', commands));
  const npx = `npx() { if [[ $* == *completion* ]]; then cat script; else printf '%s|' "$@"; fi; }`;
  const printed = execFileSync(
    'bash',
    ['--norc', '-c', `${npx}\n${block}\ncomplete -p rescind\nrescind status 'a b'`],
    { cwd: directory, encoding: 'utf8' },
  );
  expect(printed).toBe('complete -F _rescind rescind\n--no|--|rescind|status|a b|');
});

describe.each(shells)('%s', (shell) => {
  test('knows every command and every option', () => {
    const script = completionScript(shell, commands);
    for (const { name, options } of commands) {
      expect(script).toContain(name);
      for (const option of Object.keys(options)) {
        expect(script).toContain(shell === 'fish' ? `-l ${option}` : `--${option}`);
      }
    }
  });
});
