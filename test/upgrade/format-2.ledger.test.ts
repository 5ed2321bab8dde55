import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { expire } from '../../shared/dead-letters/expire.ts';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import { ledgerKey, partKey, sliceKey } from '../../shared/store/keys.ts';
import { sliceOf } from '../support/slices.ts';
import { storesOn } from '../support/stores.ts';
import { startTable } from '../support/table.ts';
import { recordWork } from '../support/work.ts';

/** What redrives and expiry write, to the letter: see format-2.test.ts. */
const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const now = 1_800_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 }));
afterEach(() => void vi.useRealTimers());

test('the items of a slice of which a job was sent again, and one has expired', async () => {
  // Prepare
  const stores = storesOn(table);
  const sealed = await sliceOf(['token-0', 'token-1', 'token-2']);
  const expiresAt = now - 3600;
  const message = {
    ...sealed,
    jobs: sealed.jobs.map((job) => (job.index === 1 ? { ...job, expiresAt } : job)),
  };
  const { revocation } = message;
  await stores.revocations.create({
    id: revocation,
    requestedBy: 'tester',
    createdAt: '2026-01-01T00:00:00.000Z',
    total: 3,
  });
  const parked = { outcome: 'parked', reason: 'refused', at: now } as const;
  await recordWork(message, stores, parked, parked, { reason: 'exhausted', at: now });

  // Act
  const [entry] = (await stores.ledger.list({ revocation }, 1)).entries;
  if (entry === undefined) throw new Error('it is parked');
  await expire(entry, entry.jobs, stores);
  const choice = { place: message, wanted: () => true };
  await redrive([choice], { stores, lanes: { send: async () => undefined } });

  // Assess
  const print = message.jobs.map(({ fingerprint }) => fingerprint);
  expect(await table.get(sliceKey(message))).toMatchObject({
    schema: 2,
    receives: 0,
    redrives: 1,
    older: { 0: 1 },
    jobs: {
      0: { r: 'ref-0', f: print[0], a: 1, k: 1, u: 1, t: now },
      1: { r: 'ref-1', f: print[1], o: 'expired', p: 'refused', a: 1, t: now },
      2: { r: 'ref-2', f: print[2], p: 'exhausted', a: 1, t: now },
    },
  });
  expect(await table.get(partKey(revocation, 0))).toMatchObject({
    schema: 2,
    expired: new Set([1]),
    reopens: 1,
  });
  expect(await table.get(ledgerKey(message))).toMatchObject({
    schema: 2,
    redrives: 1,
    ended: [1],
    sealed: message.sealed,
    entries: { 0: { state: 'queued', redrives: 1, times: 1, since: now } },
  });
});
