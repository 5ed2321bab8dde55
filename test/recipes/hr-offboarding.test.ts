import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../leaks/search.ts';
import { tokensOf } from './company.ts';
import { type Recipe, startRecipe } from './recipe.ts';

let recipe: Recipe;
beforeAll(async () => {
  recipe = await startRecipe('hr-offboarding');
});
afterAll(() => recipe?.[Symbol.asyncDispose]());

const filesOf = (run: string) => readdir(join(recipe.folder, 'offboarding', run));

test('the gate lets nothing through unasked, and leaves no token behind', async () => {
  const printed = await recipe.type(2);
  expect(printed).toContain('gate: 10 tokens would be revoked, and no more than 5 may be unasked');
  expect(printed).toContain('ended with 1');
  expect(await filesOf('leavers')).toEqual(['leavers.csv', 'plan.json']);
});

test('the job revokes the tokens of those who left, and of nobody else', async () => {
  expect(await recipe.type(1)).toContain('completed: revoked 8, already invalid 2');
  const proof = await recipe.type(1);
  expect(proof.match(/^(ana|ben)-\w+ +dead$/gm)).toHaveLength(6);
  expect(proof.match(/^cleo-\w+ +2 tokens alive$/gm)).toHaveLength(3);
  expect(proof.match(/ (revoked|already_invalid) /g)).toHaveLength(10);
});

test('the evidence is genuine, and all that is left of the run', async () => {
  expect(await recipe.type(1)).toMatch(/offboarding leavers/);
  expect(await filesOf('leavers')).toEqual([
    'leavers.csv',
    'plan.json',
    'report.html',
    'revocation',
  ]);
});

test('the job run again sends nothing, and takes no other list for the one that is done', async () => {
  const job = 'docs/recipes/hr-offboarding/offboard.sh';
  const again = await recipe.alsoType(`${job} docs/recipes/hr-offboarding/leavers.csv`);
  expect(again).toContain('completed: revoked 8, already invalid 2');
  expect(again).not.toContain('gate:');
  const other = await recipe.alsoType(
    `printf 'employee_id\\ncleo\\n' > .recipe/leavers.csv; ${job} .recipe/leavers.csv || echo "ended with $?"`,
  );
  expect(other).toMatch(/is of another list of leavers.*\nended with 1\n/);
});

test('a token that is refused fails the job, until somebody decides', async () => {
  const job = await recipe.type(1);
  expect(job).toContain('ended with 3');
  expect(job).toMatch(/dora-polar +polar +refused/);
  expect(await recipe.type(1)).toMatch(/parked 2\nended with 3/);
  expect((await recipe.type(1)).match(/dora-polar +polar +abandoned/g)).toHaveLength(2);
});

test('no file of a run holds a token', async () => {
  const search = createSearch(new Map(tokensOf(recipe).map((token) => [token, token])));
  for (const run of await readdir(join(recipe.folder, 'offboarding'))) {
    for (const file of await filesOf(run)) {
      const content = await readFile(join(recipe.folder, 'offboarding', run, file), 'utf8');
      expect(search(file, content)).toEqual([]);
    }
  }
});
