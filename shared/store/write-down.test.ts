import { afterAll, expect, test } from 'vitest';
import { sliceOf } from '../../test/support/slices.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from './keys.ts';
import { type SliceWork, type Stores, writeDown } from './write-down.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const stores = storesOn(table);

const queued: JobRecord = { fingerprint: 'f', attempts: 1, at: 1_800_000_000 };
const revoked: JobRecord = { ...queued, outcome: 'revoked', evidence: 'accepted' };
const parked: JobRecord = { ...queued, outcome: 'parked', reason: 'refused', detail: 'http 403' };

/** A slice of three jobs that belongs to a revocation. */
async function aSlice(): Promise<SliceMessage> {
  const message = await sliceOf(['a', 'b', 'c']);
  await stores.revocations.create({
    id: message.revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: 3,
  });
  return message;
}

const workOn = (message: SliceMessage, ...records: JobRecord[]): SliceWork => ({
  message,
  receives: 1,
  seen: undefined,
  records: new Map(records.entries()),
});

/** Stores of which one step fails, as it looks when the worker dies there. */
function dyingAt(step: 'slice' | 'ledger' | 'progress'): Stores {
  const die = async () => {
    throw new Error('died');
  };
  return {
    slices: step === 'slice' ? { ...stores.slices, write: die } : stores.slices,
    ledger: step === 'ledger' ? { ...stores.ledger, park: die } : stores.ledger,
    revocations:
      step === 'progress' ? { ...stores.revocations, progress: die } : stores.revocations,
  };
}

async function written(message: SliceMessage) {
  const [revocation, slice, entry] = await Promise.all([
    stores.revocations.get(message.revocation),
    stores.slices.read(message),
    table.get(ledgerKey(message)),
  ]);
  return { ended: revocation?.ended, completedAt: revocation?.completedAt, slice, entry };
}

test('writes each job’s record, parks what is parked and counts what ended', async () => {
  const message = await aSlice();
  await writeDown(workOn(message, revoked, parked, queued), stores);

  const { ended, completedAt, slice, entry } = await written(message);
  expect(slice?.records.get(0)).toMatchObject(revoked);
  expect(slice?.records.get(2)?.outcome).toBeUndefined();
  expect(entry).toMatchObject({
    sealed: message.sealed,
    entries: { 1: { index: 1, reason: 'refused', detail: 'http 403', attempts: 1 } },
  });
  expect(Object.keys(entry?.entries ?? {})).toEqual(['1']);
  expect(ended).toMatchObject({ revoked: 1, parked: 1 });
  expect(completedAt).toBeUndefined();
});

test.each(['slice', 'ledger', 'progress'] as const)(
  'a death at the %s write is mended by writing down again what the slice item says',
  async (step) => {
    // Prepare
    const message = await aSlice();
    const work = workOn(message, revoked, parked, revoked);
    await expect(writeDown(work, dyingAt(step))).rejects.toThrow('died');

    // Act: a redelivery finds what the first one ended, or does it all again.
    const seen = await stores.slices.read(message);
    const records = seen?.records ?? work.records;
    await writeDown({ ...work, receives: 2, seen, records: new Map(records) }, stores);

    // Assess
    const { ended, completedAt, entry } = await written(message);
    expect(ended).toMatchObject({ revoked: 2, parked: 1 });
    expect(completedAt).toBeDefined();
    expect(entry).toMatchObject({ entries: { 1: { reason: 'refused' } } });
  },
);

test('what another delivery ended stands, in the table and in what is counted and parked', async () => {
  // Prepare: the other delivery saw the same message and was faster.
  const message = await aSlice();
  await writeDown(workOn(message, revoked, queued, queued), stores);

  // Act
  const late = workOn(message, parked, parked, queued);
  await writeDown(late, stores);

  // Assess
  const { ended, entry } = await written(message);
  expect(ended).toMatchObject({ revoked: 1, parked: 1 });
  expect(Object.keys(entry?.entries ?? {})).toEqual(['1']);
  expect(late.records.get(0)).toMatchObject({ outcome: 'revoked' });
});
