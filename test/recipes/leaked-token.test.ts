import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTransport } from '../../shared/providers/transport.ts';
import { loadSources } from '../../shared/webhooks/sources.ts';
import { createSearch } from '../leaks/search.ts';
import { tokensOf } from './company.ts';
import { type Recipe, startRecipe } from './recipe.ts';

let recipe: Recipe;
beforeAll(async () => {
  recipe = await startRecipe('leaked-token');
});
afterAll(() => recipe?.[Symbol.asyncDispose]());

test('an alert has the leaked token revoked, and nothing else', async () => {
  expect(await recipe.type(3)).toMatch(/^202 \{"revocations":\["rev_[0-9a-f]{40}"\]\}$/m);
  const proof = await recipe.type(1);
  expect(proof).toContain('completed: revoked 1\n');
  expect(proof).toMatch(/run-4711 +polar +revoked/);
  expect(proof.match(/^[\w-]+ +dead$/gm)).toEqual([expect.stringContaining('ana-polar ')]);
  expect(proof.match(/^[\w-]+ +2 tokens alive$/gm)).toHaveLength(5);
});

test('sent again it is accepted, and does nothing', async () => {
  const again = await recipe.type(1);
  expect(again).toMatch(/^202 /m);
  expect(again.match(/^rev_.* webhook scanner/gm)).toHaveLength(1);
});

test('signed by another secret it is refused', async () => {
  expect(await recipe.type(1)).toMatch(/^401 .*\nended with 1\n$/);
});

test('no server shows a token', () => {
  const search = createSearch(new Map(tokensOf(recipe).map((token) => [token, token])));
  expect(search('the terminals', recipe.printed())).toEqual([]);
});

test('the other sender is one that can be declared', async () => {
  const page = await readFile(
    new URL('../../docs/recipes/leaked-token.md', import.meta.url),
    'utf8',
  );
  const [, declared = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'rescind-recipe-'));
  try {
    const file = join(folder, 'webhooks.json');
    await writeFile(file, declared);
    const sources = await loadSources(file, new Set(['polar']), createTransport(1000));
    expect([...sources.keys()]).toEqual(['github']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
