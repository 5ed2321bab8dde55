import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import { encodeCursor } from '../../../shared/http/cursor.ts';
import { ledgerKey } from '../../../shared/store/keys.ts';
import { startApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { type DeadLetterRow, deadLetter, listOf } from '../contract/answers.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const revocations = [1, 2, 3].map((age) => newRevocationId(1_700_000_000_000 + age));

/** Three revocations, each with five parked jobs and five others at two providers. */
beforeAll(async () => {
  for (const revocation of revocations) {
    for (const [slice, provider] of ['polar', 'mollie'].entries()) {
      const message = await sliceOf(
        Array.from({ length: 10 }, (_, n) => `token-${n}`),
        {
          revocation,
          provider,
        },
      );
      await recordWork(
        { ...message, slice },
        api.stores,
        { outcome: 'parked', reason: 'refused', detail: 'http 403', httpStatus: 403 },
        { outcome: 'revoked' },
        { outcome: 'parked', reason: 'exhausted' },
        {},
      );
    }
  }
});

const path = '/v1/dead-letters';

async function follow(query: Readonly<Record<string, string>>): Promise<DeadLetterRow[]> {
  const rows: DeadLetterRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.expectAnswer(listOf(deadLetter), {
      path,
      query: { ...query, ...(cursor !== undefined && { cursor }) },
    });
    rows.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return rows;
}

const idsAt = (indexes: readonly number[]) =>
  revocations.flatMap((revocation) => indexes.map((index) => `${revocation}/0/${index}`));

test.each(['500', '4', '1'])(
  'lists every parked job once, by provider and age, by %s',
  async (limit) => {
    const rows = await follow({ limit });
    const ids = idsAt([0, 2, 4, 6, 8]);
    expect(rows.map(({ provider }) => provider)).toEqual([
      ...Array(15).fill('mollie'),
      ...Array(15).fill('polar'),
    ]);
    expect(rows.map(({ id }) => id)).toEqual([...ids, ...ids]);
  },
);

test('a row tells why, and holds no sealed token', async () => {
  const [row] = await follow({ limit: '1', provider: 'polar' });
  expect(row).toMatchObject({
    revocation: revocations[0],
    provider: 'polar',
    ref: 'ref-0',
    reason: 'refused',
    detail: 'http 403',
    attempts: 1,
    httpStatus: 403,
    parkedAt: '2027-01-15T08:00:00.000Z',
  });
  const { body } = await api.call({ path });
  expect(body).not.toContain('sealed');
});

test.each([
  [{ provider: 'polar' }, 15],
  [{ provider: 'pola' }, 0],
  [{ reason: 'refused' }, 18],
  [{ reason: 'exhausted', provider: 'mollie', limit: '2' }, 6],
  [{ reason: 'crashed' }, 0],
])('%j finds %i', async (query, count) => {
  expect(await follow({ ...query })).toHaveLength(count);
});

describe('a cursor', () => {
  test('of another provider’s list is a problem, not a failure', async () => {
    const { cursor = '' } = await api.expectAnswer(listOf(deadLetter), {
      path,
      query: { provider: 'polar', limit: '1' },
    });
    const { cursor: behind = '' } = await api.expectAnswer(listOf(deadLetter), {
      path,
      query: { provider: 'polar', limit: '6' },
    });
    for (const foreign of [cursor, behind]) {
      const { statusCode } = await api.call({
        path,
        query: { provider: 'mollie', cursor: foreign },
      });
      expect([200, 400]).toContain(statusCode);
    }
    const query = { provider: 'mollie', cursor: behind };
    expect(await api.expectProblem({ path, query })).toMatchObject({
      status: 400,
      errors: [{ pointer: 'cursor' }],
    });
  });

  test('that nobody gave out is a problem or a place, never a failure', async () => {
    const text = fc.oneof(
      fc.constantFrom('polar', 'mollie', '', 'x'.repeat(3000), ...revocations),
      fc.string(),
    );
    const number = fc.oneof(fc.nat(3), fc.integer(), fc.maxSafeInteger(), fc.double());
    const place = fc.tuple(
      fc.oneof(fc.constant(null), fc.tuple(text, text, number, number)),
      number,
    );
    const cursor = fc.oneof(fc.string(), place.map(encodeCursor));
    const provider = fc.constantFrom({}, { provider: 'polar' }, { provider: 'mollie' });
    await fc.assert(
      fc.asyncProperty(cursor, provider, async (given, query) => {
        const { statusCode } = await api.call({ path, query: { ...query, cursor: given } });
        expect([200, 400]).toContain(statusCode);
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  { reason: 'tired' },
  { limit: '501' },
  { provider: '' },
  { provider: 'x'.repeat(41) },
  { label: 'x' },
])('400 for %j', async (query) => {
  expect(await api.expectProblem({ path, query: { ...query } })).toMatchObject({ status: 400 });
});

test.each(['500', '1'])('lists those of a revocation, by %s', async (limit) => {
  const [first = '', second = ''] = revocations;
  const rows = await follow({ revocation: second, limit });
  expect(new Set(rows.map(({ revocation }) => revocation))).toEqual(new Set([second]));
  expect(rows.map(({ provider }) => provider)).toEqual(
    ['polar', 'mollie'].flatMap((provider) => Array.from({ length: 5 }, () => provider)),
  );
  const polar = await follow({ revocation: second, provider: 'polar', limit });
  expect(polar).toEqual(rows.slice(0, 5));
  const { cursor } = await api.expectAnswer(listOf(deadLetter), {
    path,
    query: { revocation: second, limit: '6' },
  });
  const query = { revocation: first, cursor: cursor ?? '' };
  expect(await api.expectProblem({ path, query })).toMatchObject({ status: 400 });
});

test('leaves out what a newer version has written, and tells of it', async () => {
  // Prepare
  const revocation = newRevocationId();
  const parked = { outcome: 'parked', reason: 'refused' } as const;
  const slices = [0, 1, 2].map(async (slice) => {
    const message = { ...(await sliceOf(['token'], { revocation, provider: 'nylas' })), slice };
    await recordWork(message, api.stores, parked);
    return message;
  });
  const [, newer] = await Promise.all(slices);
  if (newer === undefined) throw new Error('there are three');
  const { table } = api.table;
  const entries = { 0: { reason: 'of a newer kind' } };
  await table.put({ ...(await table.get(ledgerKey(newer))), ...ledgerKey(newer), entries });

  // Act, Assess
  for (const query of [{ provider: 'nylas' }, { revocation }]) {
    expect(await follow({ ...query, limit: '1' })).toHaveLength(2);
  }
  expect(api.lines).toContainEqual(
    expect.objectContaining({ name: 'ledger.newer', revocation, slice: 1 }),
  );
});
