import { expect } from 'vitest';
import { countsOf } from '../../shared/domain/revocation.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { groupBy } from '../../shared/group-by.ts';
import { type LedgerState, stateOf } from '../../shared/store/ledger-entry.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** What each job's row says, by index: its outcome or `queued`. */
export async function rowsOf(message: SliceMessage, { slices }: Stores): Promise<string[]> {
  const state = await slices.read(message);
  return message.jobs.map(({ index }) => state?.records.get(index)?.outcome ?? 'queued');
}

/** What the ledger says of each job that it has, by index. */
export async function statesOf(
  message: SliceMessage,
  { ledger }: Stores,
): Promise<Record<number, LedgerState>> {
  const pages = await Array.fromAsync(ledger.walk({ revocation: message.revocation }));
  const jobs = pages.flat().flatMap((entry) => entry.jobs);
  return Object.fromEntries(jobs.map((job) => [job.index, stateOf(job)]));
}

/** Holds what a revocation counts to what its only slice's rows say. */
export async function expectCountsToFit(message: SliceMessage, stores: Stores): Promise<void> {
  const revocation = await stores.revocations.get(message.revocation);
  if (revocation === undefined) throw new Error('the revocation is gone');
  const { total, ...counts } = countsOf(revocation);
  const rows = groupBy(await rowsOf(message, stores), (row) => row);
  const counted = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  expect(counted).toEqual(
    Object.fromEntries([...rows].map(([outcome, all]) => [outcome, all.length])),
  );
  expect(total).toBe(message.jobs.length);
  expect(revocation.completedAt !== undefined, 'it is completed').toBe(counts.queued === 0);
}
