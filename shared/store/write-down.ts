import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import type { Ledger, ParkedJob } from './ledger.ts';
import type { Revocations } from './revocations.ts';
import type { Slices, VersionedSlice } from './slices.ts';

/** One delivery of a slice, as far as it has come. */
export interface SliceWork {
  readonly message: SliceMessage;
  /** How often SQS has delivered this message, this time included. */
  readonly receives: number;
  /** The item as it stood when this delivery looked, or last wrote; undefined before the first. */
  seen: VersionedSlice | undefined;
  /** What will be written down: one record for each job, as of now. */
  readonly records: Map<number, JobRecord>;
}

export interface Stores {
  readonly slices: Slices;
  readonly ledger: Ledger;
  readonly revocations: Revocations;
}

/**
 * Writes a delivery down, in the order that lets a crash at any point be mended by repeating:
 *
 *   slice item (what became of each job) → ledger (parked ones) → progress → acknowledgement
 *
 * The first is the truth; each later step is idempotent and is redone from it on redelivery.
 */
export async function writeDown(work: SliceWork, stores: Stores): Promise<void> {
  await writeSlice(work, stores.slices);
  const { message, records } = work;
  const parked = [...records].flatMap(([index, record]) =>
    record.outcome === 'parked' ? [parkedJob(index, record)] : [],
  );
  if (parked.length > 0) await stores.ledger.park(message, parked);
  await stores.revocations.progress(message.revocation, message.part, records);
}

/** Writes the slice item alone. */
export async function writeSlice(work: SliceWork, slices: Slices): Promise<void> {
  const { message, records, receives, seen } = work;
  const state = { receives, redrives: message.redrives, records };
  work.seen = await slices.write(message, state, seen);
  // Another delivery of the same slice may have ended a job first; what it wrote stands.
  for (const [index, record] of work.seen.records) records.set(index, record);
}

const parkedJob = (index: number, record: JobRecord): ParkedJob => ({
  index,
  ref: record.ref,
  fingerprint: record.fingerprint,
  reason: record.reason ?? 'exhausted',
  detail: record.detail,
  attempts: record.attempts,
  httpStatus: record.httpStatus,
  parkedAt: new Date(record.at * 1000).toISOString(),
});
