import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { licencesPage, packageOf, refusals } from './licences.ts';

test('docs/licences.md is what `npm run generate` makes', async () => {
  const page = await readFile(new URL('../docs/licences.md', import.meta.url), 'utf8');
  expect(page).toBe(await licencesPage());
});

test('what may be shipped is named by its licence, and what has none may not even be used', () => {
  const of = (licence: string, shipped: boolean) => ({
    name: 'x',
    version: '1.0.0',
    licence,
    shipped,
  });
  for (const licence of ['GPL-3.0', 'AGPL-3.0-only', 'LGPL-2.1', 'MIT OR GPL-2.0', 'SSPL-1.0']) {
    expect(refusals([of(licence, true)])).toEqual([`x 1.0.0 is in a bundle under ${licence}`]);
    expect(refusals([of(licence, false)])).toEqual([]);
  }
  expect(refusals([of('none', false)])).toEqual(['x 1.0.0 names no licence']);
  expect(refusals([of('MIT', true), of('Apache-2.0', true)])).toEqual([]);
});

test.each([
  ['node_modules/zod/v4/index.js', 'node_modules/zod'],
  ['node_modules/@aws-sdk/core/dist/index.js', 'node_modules/@aws-sdk/core'],
  ['node_modules/a/node_modules/@b/c/d.js', 'node_modules/a/node_modules/@b/c'],
  ['functions/api/handler.ts', undefined],
])('%s is of %s', (file, path) => {
  expect(packageOf(file)).toBe(path);
});
