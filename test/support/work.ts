import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { type Stores, writeDown } from '../../shared/store/write-down.ts';

/** A job that has been tried once, at a fixed time. */
export const triedOnce: JobRecord = { fingerprint: 'f', attempts: 1, at: 1_800_000_000 };

/** Writes one record for each job of a slice, as the worker does. */
export async function recordWork(
  message: SliceMessage,
  stores: Stores,
  ...records: readonly Partial<JobRecord>[]
): Promise<void> {
  const entries = message.jobs.map(({ index, ref, fingerprint }): [number, JobRecord] => [
    index,
    { ...triedOnce, ref, fingerprint, ...records[index % records.length] },
  ]);
  await writeDown({ message, receives: 1, seen: undefined, records: new Map(entries) }, stores);
}
