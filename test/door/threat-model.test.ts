import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const pages = ['docs/threat-model.md', 'SECURITY.md', 'docs/access.md'];

const named = (
  await Promise.all(
    pages.map(async (page) => {
      const text = await readFile(new URL(page, root), 'utf8');
      return [...text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+)`/g)].map(([, path = '']) => path);
    }),
  )
).flat();

it('names tests', () => {
  expect(named.filter((path) => path.endsWith('.test.ts')).length).toBeGreaterThan(40);
});

it.each([...new Set(named.filter((path) => /\.(ts|yml)$|^test\//.test(path)))])(
  '%s is there',
  (path) => {
    expect(existsSync(new URL(path, root))).toBe(true);
  },
);
