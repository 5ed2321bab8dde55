import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { createIdempotency } from './idempotency.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());
afterEach(() => vi.useRealTimers());

const { claim } = createIdempotency(table);

test('a key is new once; then it is the same or a conflict, by its body', async () => {
  expect(await claim('key', 'body', 'rev_1')).toEqual({ kind: 'new' });
  expect(await claim('key', 'body', 'rev_2')).toEqual({ kind: 'same', revocation: 'rev_1' });
  expect(await claim('key', 'other body', 'rev_3')).toEqual({ kind: 'conflict' });
  expect(await claim('another key', 'body', 'rev_4')).toEqual({ kind: 'new' });
});

test('of many callers at once one has it, and all others learn whose it is', async () => {
  const offered = Array.from({ length: 20 }, (_, index) => `rev_${index}`);
  const claims = await Promise.all(offered.map((id) => claim('raced', 'body', id)));
  const winner = offered[claims.findIndex(({ kind }) => kind === 'new')];
  expect(claims.filter(({ kind }) => kind === 'new')).toHaveLength(1);
  const others = claims.filter(({ kind }) => kind !== 'new');
  expect(others).toEqual(others.map(() => ({ kind: 'same', revocation: winner })));
});

test('a key is free again after 24 hours, even if DynamoDB has not yet deleted it', async () => {
  // Prepare
  vi.useFakeTimers({ toFake: ['Date'] });
  await claim('old', 'body', 'rev_1');

  // Act, Assess
  vi.setSystemTime(Date.now() + 86_399_000);
  expect(await claim('old', 'body', 'rev_2')).toEqual({ kind: 'same', revocation: 'rev_1' });
  vi.setSystemTime(Date.now() + 2000);
  expect(await claim('old', 'other body', 'rev_3')).toEqual({ kind: 'new' });
  expect(await claim('old', 'other body', 'rev_4')).toEqual({ kind: 'same', revocation: 'rev_3' });
});
