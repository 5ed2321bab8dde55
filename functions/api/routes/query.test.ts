import { expect, test } from 'vitest';
import * as z from 'zod';
import { httpEvent } from '../../../test/support/http-event.ts';
import { problemOf } from '../../../test/support/problems.ts';
import { limit, parseQuery } from './query.ts';

const schema = z.strictObject({ outcome: z.enum(['revoked', 'parked']).optional(), limit });

test.each([
  [undefined, { limit: 100 }],
  [{}, { limit: 100 }],
  [
    { limit: '7', outcome: 'parked' },
    { limit: 7, outcome: 'parked' },
  ],
  [{ limit: '500' }, { limit: 500 }],
])('%j', (query, parsed) => {
  const event = query === undefined ? httpEvent() : httpEvent({ query: { ...query } });
  expect(parseQuery(schema, event)).toEqual(parsed);
});

test.each([
  [{ limit: '0' }, ['limit']],
  [{ limit: '501' }, ['limit']],
  [{ limit: '1.5' }, ['limit']],
  [{ limit: '1,2' }, ['limit']],
  [{ limit: 'token-4711' }, ['limit']],
  [{ outcome: 'token-4711' }, ['outcome']],
  [{ outcome: 'token-4711', limit: 'x' }, ['outcome', 'limit']],
  [{ 'token-4711': 'x' }, ['']],
])('%j is told, and not quoted', async (query, pointers) => {
  const problem = await problemOf(() => parseQuery(schema, httpEvent({ query: { ...query } })));
  expect(problem.code).toBe('invalid-parameter');
  expect(problem.errors.map(({ pointer }) => pointer)).toEqual(pointers);
  expect(JSON.stringify(problem.errors)).not.toContain('4711');
});
