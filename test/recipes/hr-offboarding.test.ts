import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSearch } from '../leaks/search.ts';
import { tokensOf } from './company.ts';
import { type Recipe, startRecipe } from './recipe.ts';

const job = 'docs/recipes/hr-offboarding/offboard.sh';

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
  expect(await filesOf('leavers')).toEqual(['lock', 'plan.json']);
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
    'lock',
    'plan.json',
    'report.html',
    'revocation',
  ]);
});

test('a list that is no list of leavers is told in one line', async () => {
  const { alsoType } = recipe;
  expect(await alsoType(`${job} || echo "ended with $?"`)).toBe(
    'usage: offboard.sh LEAVERS.csv\nended with 2\n',
  );
  expect(await alsoType(`${job} .recipe/none.csv || echo "ended with $?"`)).toBe(
    '.recipe/none.csv is not a file that can be read\nended with 2\n',
  );
  const list = '.recipe/list.csv';
  const offboard = (csv: string) =>
    alsoType(`printf '${csv}' > ${list}; ${job} ${list} || echo "ended with $?"`);
  expect(await offboard('id,name\\nana,Ana\\n')).toMatch(
    /^export: .* no column employee_id.*\nended with 2\n$/,
  );
  expect(await offboard('employee_id,name\\n,Ana\\n')).toBe(
    'export: person 1 has no employee_id\nended with 2\n',
  );
  expect(await offboard('employee_id\\n"ana\\n')).toMatch(
    /^export: .* not CSV: .*\nended with 2\n$/,
  );
  expect(await filesOf('list')).toEqual(['lock']);
  expect(await offboard('employee_id\\nnobody\\n')).toContain(`nobody in ${list} has a token\n`);
  const most = await alsoType(
    `npx node docs/recipes/hr-offboarding/gate.ts offboarding/leavers/plan.json many || echo "ended with $?"`,
  );
  expect(most).toMatch(/^gate: .*must be a whole number.*\nended with 2\n$/);
});

test('of two jobs with one list at a time the second does nothing', async () => {
  const locked = await recipe.alsoType(
    `flock offboarding/leavers/lock ${job} docs/recipes/hr-offboarding/leavers.csv || echo "ended with $?"`,
  );
  expect(locked).toBe(
    'another job is at work on offboarding/leavers: nothing was done\nended with 1\n',
  );
});

test('the job run again sends nothing, and takes no other list for the one that is done', async () => {
  const again = await recipe.alsoType(`${job} docs/recipes/hr-offboarding/leavers.csv`);
  expect(again).toContain('completed: revoked 8, already invalid 2');
  expect(again).not.toContain('gate:');
  const other = await recipe.alsoType(
    `printf 'employee_id\\ncleo\\n' > .recipe/leavers.csv; ${job} .recipe/leavers.csv || echo "ended with $?"`,
  );
  expect(other).toMatch(/is of another list of leavers.*\nended with 1\n/);
});

test('a token that is refused fails the job, until somebody decides', async () => {
  const printed = await recipe.type(1);
  expect(printed).toContain('ended with 3');
  expect(printed.match(/dora-polar +polar +parked +- +refused/g)).toHaveLength(2);
  expect(await recipe.type(1)).toMatch(/parked 2\nended with 3/);
  expect((await recipe.type(1)).match(/dora-polar +polar +abandoned/g)).toHaveLength(2);
  const decided = await recipe.alsoType(`${job} .recipe/leavers-dora.csv || echo "ended with $?"`);
  expect(decided).toMatch(/may still be alive:\n/);
  expect(decided.match(/dora-polar +polar +abandoned/g)).toHaveLength(2);
  expect(decided).toContain('ended with 3');
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
