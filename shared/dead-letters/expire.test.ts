import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectCountsToFit, rowsOf, statesOf } from '../../test/support/dead-letters.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import { recordWork } from '../../test/support/work.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from '../store/keys.ts';
import type { LedgerEntry } from '../store/ledger-entry.ts';
import type { Stores } from '../store/write-down.ts';
import { abandon } from './abandon.ts';
import { expire, expiryMarginSeconds, hasExpired } from './expire.ts';
import { redrive } from './redrive.ts';

const { table, ...rest } = await startTable();
const stores: Stores = storesOn(table);
afterAll(() => rest[Symbol.asyncDispose]());

const now = 1_800_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: now * 1000 }));
afterEach(() => void vi.useRealTimers());

const parked: Partial<JobRecord> = { outcome: 'parked', reason: 'refused' };
const dead = now - expiryMarginSeconds - 1;

/** A parked slice whose tokens die at these times. */
async function aSlice(...expiresAt: (number | undefined)[]): Promise<SliceMessage> {
  const sealed = await sliceOf(expiresAt.map((_, index) => `token-${index}`));
  const jobs = sealed.jobs.map((job, index) => ({ ...job, expiresAt: expiresAt[index] }));
  const message = { ...sealed, jobs };
  await stores.revocations.create({
    id: message.revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: jobs.length,
  });
  await recordWork(message, stores, parked);
  return message;
}

async function listed({ revocation }: SliceMessage): Promise<LedgerEntry> {
  const { entries } = await stores.ledger.list({ revocation }, 1);
  if (entries[0] === undefined) throw new Error('it is in the ledger');
  return entries[0];
}

const close = async (message: SliceMessage, own = stores) => {
  const entry = await listed(message);
  return expire(entry, entry.jobs, own);
};
const entryOf = (message: SliceMessage) => table.get(ledgerKey(message));

test('a token is dead a while after it was said to be, as clocks differ', () => {
  expect(hasExpired({ expiresAt: now - expiryMarginSeconds }, now)).toBe(false);
  expect(hasExpired({ expiresAt: dead }, now)).toBe(true);
  expect(hasExpired({}, now)).toBe(false);
});

test('what has expired is closed and leaves the ledger, the rest stays with the sealed tokens', async () => {
  const message = await aSlice(dead, now, undefined);
  expect(await close(message)).toBe(1);
  expect(await rowsOf(message, stores)).toEqual(['expired', 'parked', 'parked']);
  expect(await statesOf(message, stores)).toEqual({ 1: 'parked', 2: 'parked' });
  expect(await entryOf(message)).toMatchObject({ sealed: message.sealed, ended: [0] });
  await expectCountsToFit(message, stores);
  expect(await close(message), 'repeated').toBe(0);
});

test('the sealed tokens are erased with the last', async () => {
  const message = await aSlice(dead, dead);
  expect(await close(message)).toBe(2);
  const entry = await entryOf(message);
  for (const name of ['sealed', 'lpk', 'kid']) expect(entry).not.toHaveProperty(name);
  const record = (await stores.slices.read(message))?.records.get(0);
  expect(record).toMatchObject({ outcome: 'expired', reason: 'refused', at: now });
  expect(await stores.revocations.get(message.revocation)).toMatchObject({
    ended: { expired: 2, parked: 0 },
    completedAt: expect.any(String),
  });
});

test('a delivery that is slow to park it does not bring it back', async () => {
  const message = await aSlice(dead);
  await close(message);
  await recordWork(message, stores, parked);
  expect(await rowsOf(message, stores)).toEqual(['expired']);
  expect(await statesOf(message, stores)).toEqual({});
  await expectCountsToFit(message, stores);
});

describe('at the same time as others', () => {
  const lanes = { send: async () => undefined };

  test('what a person sends again is not closed', async () => {
    const message = await aSlice(dead);
    const entry = await listed(message);
    await redrive([{ place: message, wanted: () => true }], { stores, lanes });
    expect(await expire(entry, entry.jobs, stores)).toBe(0);
    expect(await rowsOf(message, stores)).toEqual(['queued']);
    await expectCountsToFit(message, stores);
  });

  test('what a person abandons ends once', async () => {
    const message = await aSlice(dead, dead);
    const entry = await listed(message);
    const decision = { by: 'jane', note: 'why' };
    await Promise.all([
      expire(entry, entry.jobs, stores),
      abandon(message, new Set([0, 1]), decision, stores),
    ]);
    await close(message).catch(() => 0);
    const [row] = await rowsOf(message, stores);
    expect(['expired', 'abandoned']).toContain(row);
    expect(await entryOf(message)).not.toHaveProperty('sealed');
    await expectCountsToFit(message, stores);
  });
});

describe('a death', () => {
  const steps = ['slice', 'progress', 'ledger'] as const;
  const cases = steps.flatMap((step) => (['before', 'after'] as const).map((when) => [when, step]));

  /** Stores that die at a step, before it is done or after. */
  function dying(step: (typeof steps)[number], when: 'before' | 'after'): Stores {
    const mortal =
      <Arguments extends unknown[], Result>(
        name: string,
        act: (...given: Arguments) => Promise<Result>,
      ) =>
      async (...given: Arguments): Promise<Result> => {
        if (name !== step) return act(...given);
        if (when === 'after') await act(...given);
        throw new Error('dead');
      };
    const { slices, revocations, ledger } = stores;
    return {
      slices: { ...slices, amend: mortal('slice', slices.amend) },
      revocations: { ...revocations, expire: mortal('progress', revocations.expire) },
      ledger: { ...ledger, amend: mortal('ledger', ledger.amend) },
    };
  }

  test.each(cases as [['before' | 'after', (typeof steps)[number]]])(
    '%s the step %s is mended by repeating, and by a redrive',
    async (when, step) => {
      for (const mend of ['repeat', 'redrive'] as const) {
        const message = await aSlice(dead, undefined);
        await expect(close(message, dying(step, when))).rejects.toThrow('dead');
        if (mend === 'redrive') {
          const choice = { place: message, wanted: ({ index }: { index: number }) => index === 0 };
          const { sent } = await redrive([choice], { stores, lanes: { send: async () => {} } });
          const untouched = step === 'slice' && when === 'before';
          expect(sent).toHaveLength(untouched ? 1 : 0);
          if (untouched) continue;
        } else {
          await close(message);
        }
        expect(await rowsOf(message, stores)).toEqual(['expired', 'parked']);
        expect(await statesOf(message, stores)).toEqual({ 1: 'parked' });
        await expectCountsToFit(message, stores);
      }
    },
  );
});
