import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import type { Said } from '../../test/support/provider.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

/** A slice of `count` pairs: access tokens first, then the refresh tokens they come after. */
async function pairsOf(worker: TestWorker, count: number): Promise<SliceMessage> {
  const tokens = (name: string) => Array.from({ length: count }, (_, n) => `${name}-${n}`);
  const message = await worker.aSlice(...tokens('access'), ...tokens('refresh'));
  return {
    ...message,
    jobs: message.jobs.map((job) =>
      job.index < count
        ? { ...job, after: job.index + count, tokenType: 'access_token' }
        : { ...job, tokenType: 'refresh_token' },
    ),
  };
}

const quick = { retry: { maxAttempts: 3, baseSeconds: 0, maxSeconds: 0 } };

test('the refresh token goes first, and each keeps its own outcome', async () => {
  await using worker = await startWorker(
    ({ token }) => (token.startsWith('access') ? 'dead' : 'revoked'),
    quick,
  );
  const message = await pairsOf(worker, 12);

  expect((await worker.work([message])).kept).toEqual([false]);

  const tokens = worker.tokens();
  expect(tokens).toHaveLength(24);
  for (let n = 0; n < 12; n += 1) {
    expect(tokens.indexOf(`refresh-${n}`)).toBeLessThan(tokens.indexOf(`access-${n}`));
  }
  const records = await worker.recordsOf(message);
  expect(records.map(({ tokenType, outcome }) => `${tokenType} ${outcome}`)).toEqual([
    ...Array(12).fill('access_token already_invalid'),
    ...Array(12).fill('refresh_token revoked'),
  ]);
});

test('an access token whose refresh token must wait is left alone, without a try', async () => {
  let well = false;
  await using worker = await startWorker(
    ({ token }) =>
      well || token === 'access-1' || token === 'refresh-1' ? 'revoked' : 'unavailable',
    { retry: { maxAttempts: 9, baseSeconds: 0, maxSeconds: 0 } },
  );
  const message = await pairsOf(worker, 2);

  expect((await worker.work([message])).kept).toEqual([true]);
  expect(worker.tokens().toSorted()).toEqual(['access-1', 'refresh-0', 'refresh-1']);
  const [left] = await worker.recordsOf(message);
  expect(left).toMatchObject({ attempts: 0, tokenType: 'access_token' });
  expect(left).toMatchObject({ outcome: undefined });

  well = true;
  expect((await worker.work([message], { receives: 2 })).kept).toEqual([false]);
  expect(worker.tokens().slice(-2)).toEqual(['refresh-0', 'access-0']);
});

test('an access token does not wait for a refresh token that is parked', async () => {
  await using worker = await startWorker(
    ({ token }) => (token.startsWith('refresh') ? 'refused' : 'revoked'),
    quick,
  );
  const message = await pairsOf(worker, 1);
  expect((await worker.work([message])).kept).toEqual([false]);
  expect(await worker.recordsOf(message)).toMatchObject([
    { outcome: 'revoked' },
    { outcome: 'parked', reason: 'refused' },
  ]);
});

describe('in careful mode', () => {
  test('the refresh token goes first, too', async () => {
    await using worker = await startWorker(undefined, quick);
    const message = await pairsOf(worker, 3);
    // Nothing was written down of the first delivery.
    await worker.work([message], { receives: 2 });
    expect(worker.tokens()).toEqual([
      'refresh-0',
      'refresh-1',
      'refresh-2',
      'access-0',
      'access-1',
      'access-2',
    ]);
  });
});

test('whatever the provider says, every job ends or is parked, in order, in a few deliveries', async () => {
  const aSaid = fc.constantFrom<Said>(
    'revoked',
    'dead',
    'refused',
    'unsupported',
    'ambiguous',
    'lost',
    'bug',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.infiniteStream(aSaid),
      fc.boolean(),
      async (count, script, careful) => {
        await using worker = await startWorker(() => script.next().value ?? 'revoked', quick);
        const message = await pairsOf(worker, count);
        let receives = careful ? 2 : 1;
        while ((await worker.work([message], { receives })).kept[0]) {
          receives += 1;
          // Three tries for the refresh token, then three for the access token.
          expect(receives).toBeLessThan(10);
        }
        const records = await worker.recordsOf(message);
        expect(records.every(({ outcome }) => outcome !== undefined)).toBe(true);
        const tokens = worker.tokens();
        for (let n = 0; n < count; n += 1) {
          expect(tokens.lastIndexOf(`refresh-${n}`)).toBeLessThan(tokens.indexOf(`access-${n}`));
        }
      },
    ),
    { numRuns: 15 },
  );
});
