import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../leaks/search.ts';
import { until } from '../support/until.ts';
import { tokensOf } from './company.ts';
import { type Recipe, startRecipe } from './recipe.ts';

let recipe: Recipe;
beforeAll(async () => {
  recipe = await startRecipe('user-deletion');
});
afterAll(() => recipe?.[Symbol.asyncDispose]());

test('the account is deleted when every token is dead, and what is shared is left alone', async () => {
  const ended = await recipe.type(2);
  expect(ended).toContain('request-4711: SUCCEEDED');
  expect(ended).toMatch(/^rev_[0-9a-f]{40} \{/m);
  expect(ended).toMatch(/^ana-and-ben-mollie +left$/m);
  const proof = await recipe.type(1);
  expect(proof.match(/^[\w-]+ +dead$/gm)?.map((line) => line.split(' ')[0])).toEqual([
    'ana-mollie',
    'ana-nylas',
    'ana-polar',
  ]);
  expect(proof.match(/^[\w-]+ +2 tokens alive$/gm)).toHaveLength(4);
  expect(proof).toContain("ana's account is deleted");
  expect(recipe.printed()).not.toContain('To the on-call');
});

test('an account stays as long as a token lives, and goes when somebody has decided', async () => {
  expect(await recipe.type(1)).toContain('request-4712: RUNNING');
  await until('the question', () =>
    /To the on-call: .*"request": "request-4712",\s+"error": "Rescind\.TokensAlive"/s.test(
      recipe.printed(),
    ),
  );
  const before = await recipe.alsoType('npx node docs/recipes/company.ts alive');
  expect(before).toMatch(/^dora-polar +2 tokens alive$/m);
  expect(before).not.toContain("dora's account is deleted");
  expect((await recipe.type(1)).match(/dora-polar +polar +refused/g)).toHaveLength(2);
  expect(await recipe.type(1)).toMatch(/^dora-polar +polar +abandoned /m);
  const decided = await recipe.type(1);
  expect(decided).toContain('request-4712: SUCCEEDED');
  expect(decided).toMatch(/^dora-mollie +revoked$/m);
  expect(decided).not.toMatch(/^dora-polar +(abandoned|revoking)/m);
  const after = await recipe.alsoType('npx node docs/recipes/company.ts alive');
  expect(after).toContain("dora's account is deleted");
});

test('no server shows a token', () => {
  const search = createSearch(new Map(tokensOf(recipe).map((token) => [token, token])));
  expect(search('the terminals', recipe.printed())).toEqual([]);
});
