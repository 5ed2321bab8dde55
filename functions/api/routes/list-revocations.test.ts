import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import { encodeCursor } from '../../../shared/http/cursor.ts';
import { startApi } from '../../../test/support/api.ts';
import { listOf, revocation } from '../contract/answers.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const ids = Array.from({ length: 7 }, (_, age) => newRevocationId(1_700_000_000_000 + age));
beforeAll(async () => {
  for (const id of ids) {
    const createdAt = new Date().toISOString();
    await api.stores.revocations.create({ id, requestedBy: 'tester', createdAt, total: 1 });
  }
});

const path = '/v1/revocations';
const list = (query: Readonly<Record<string, string>>) =>
  api.expectAnswer(listOf(revocation), { path, query });

test.each(['100', '7', '3', '1'])('lists all, newest first, by %s', async (limit) => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, ...(cursor !== undefined && { cursor }) });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(seen).toEqual(ids.toReversed());
});

test('a place that has been forgotten meanwhile is still a place', async () => {
  const gone = newRevocationId(1_700_000_000_003);
  const { items } = await list({ cursor: encodeCursor([gone]) });
  for (const { id } of items) expect(id < gone).toBe(true);
  expect(items.length).toBeGreaterThanOrEqual(3);
});

test('a cursor that nobody gave out is a problem or a place, never a failure', async () => {
  const cursor = fc.oneof(
    fc.string(),
    fc.array(fc.oneof(fc.string(), fc.constantFrom(...ids), fc.nat())).map(encodeCursor),
  );
  await fc.assert(
    fc.asyncProperty(cursor, async (given) => {
      const { statusCode } = await api.call({ path, query: { cursor: given } });
      expect([200, 400]).toContain(statusCode);
    }),
  );
});
