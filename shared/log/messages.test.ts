import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { messages } from './messages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** All of the functions' own code, as one text. */
async function sources(): Promise<string> {
  const texts: string[] = [];
  for (const folder of ['functions', 'shared']) {
    for (const entry of await readdir(join(root, folder), { recursive: true })) {
      if (!entry.endsWith('.ts') || /\.test\.ts$|log\/messages\.ts$/.test(entry)) continue;
      texts.push(await readFile(join(root, folder, entry), 'utf8'));
    }
  }
  return texts.join('\n');
}

const code = await sources();

test.each(Object.keys(messages))('%s is logged somewhere', (name) => {
  expect(code).toContain(`'${name}'`);
});

const manual = await readFile(join(root, 'docs/operating.md'), 'utf8');

test.each(Object.entries(messages))(
  '%s is told to operators, with its level',
  (name, { level }) => {
    const row = new RegExp(
      `^\\| \`${name.replaceAll('.', '\\.')}\` +\\| ${level.toUpperCase()} +\\|`,
      'm',
    );
    expect(manual).toMatch(row);
  },
);

test('no two messages read the same', () => {
  const texts = Object.values(messages).map(({ text }) => text);
  expect(new Set(texts).size).toBe(texts.length);
});
