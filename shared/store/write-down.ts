import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerJob } from './ledger-entry.ts';
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
 * The first is the truth; each later step is idempotent and is redone from it on redelivery. Jobs
 * that the ledger had sent again leave it when they have ended: one write more, for these alone, and
 * the last, since the ledger goes on with what it still has should the message be lost.
 */
export async function writeDown(work: SliceWork, stores: Stores): Promise<void> {
  await writeSlice(work, stores.slices);
  const { message, records } = work;
  const own = new Set(message.jobs.map(({ index }) => index));
  const jobs = [...records].map(([index, record]): [number, JobRecord] => {
    // An older version that wrote the slice in between has lost the record's own number.
    const sent = own.has(index) && message.redrives > 0 ? message.redrives : undefined;
    return [index, { ...record, redrives: record.redrives ?? sent }];
  });
  const parked = jobs.filter(([, { outcome }]) => outcome === 'parked');
  if (parked.length > 0) {
    await stores.ledger.park(
      message,
      parked.map(([index, record]) => parkedJob(index, record)),
    );
  }
  await stores.revocations.progress(message.revocation, message.part, records, async () => {
    const now = await stores.slices.read(message);
    return now?.records ?? new Map();
  });
  const released = jobs.filter(([, record]) => record.redrives !== undefined && hasEnded(record));
  if (released.length > 0) {
    await stores.ledger.release(message, new Set(released.map(([index]) => index)));
  }
}

/** Writes the slice item alone. */
export async function writeSlice(work: SliceWork, slices: Slices): Promise<void> {
  const { message, records, receives, seen } = work;
  const state = { receives, redrives: message.redrives, records };
  work.seen = await slices.write(message, state, seen);
  // Another delivery of the same slice may have ended a job first; what it wrote stands.
  for (const [index, record] of work.seen.records) records.set(index, record);
}

/** For good, by what its provider said. */
export const hasEnded = ({ outcome }: JobRecord): boolean =>
  outcome !== undefined && outcome !== 'parked' && outcome !== 'abandoned';

/** A parked job as the ledger has it. */
export const parkedJob = (index: number, record: JobRecord): LedgerJob => ({
  index,
  ref: record.ref,
  fingerprint: record.fingerprint,
  tokenType: record.tokenType,
  reason: record.reason ?? 'exhausted',
  detail: record.detail,
  attempts: record.attempts,
  httpStatus: record.httpStatus,
  redrives: record.redrives,
  parkedAt: new Date(record.at * 1000).toISOString(),
});
