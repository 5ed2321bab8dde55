import { type Decision, epochSeconds, type JobRecord } from '../domain/outcome.ts';
import { abandoned } from '../domain/redrive.ts';
import type { SlicePlace } from '../domain/slice.ts';
import {
  type LedgerJob,
  type LedgerState,
  type StoredEntry,
  stateOf,
} from '../store/ledger-entry.ts';
import { hasEnded, type Stores } from '../store/write-down.ts';
import { closeParked } from './close.ts';

/**
 * Gives up on parked jobs of one slice for good, in an order that lets a crash at any point be
 * mended by repeating:
 *
 *   ledger: "abandoning", by whom and why → slice item → progress → ledger: "abandoned"
 *
 * The last erases the sealed tokens, unless another job of the slice still needs them: they are in
 * one envelope, and nobody who may do this holds a key to make another of it.
 *
 * Jobs that are not parked stay as they are, and so does an earlier decision. One that its slice calls
 * ended leaves the ledger.
 *
 * @returns those of the jobs that are abandoned now, by this decision or an earlier one
 * @throws Newer
 */
export async function abandon(
  place: SlicePlace,
  indexes: ReadonlySet<number>,
  decision: Decision,
  stores: Stores,
): Promise<ReadonlySet<number>> {
  const entry = await stores.ledger.amend(place, ({ jobs }) => {
    const now = epochSeconds();
    const begins = (job: LedgerJob) => indexes.has(job.index) && stateOf(job) === 'parked';
    if (!jobs.some(begins)) return undefined;
    const begun = { ...decision, state: 'abandoning', since: now } as const;
    return { jobs: jobs.map((job) => (begins(job) ? { ...job, ...begun } : job)) };
  });
  return conclude(entry, indexes, stores);
}

/**
 * Goes on where somebody has died who was abandoning these jobs, by the decision that was made.
 *
 * @throws Newer
 */
export async function goOnAbandoning(
  place: SlicePlace,
  indexes: ReadonlySet<number>,
  stores: Stores,
): Promise<ReadonlySet<number>> {
  const entry = await stores.ledger.amend(place, () => undefined);
  return conclude(entry, indexes, stores);
}

/** All steps but the first. */
async function conclude(
  entry: StoredEntry | undefined,
  indexes: ReadonlySet<number>,
  { ledger, slices, revocations }: Stores,
): Promise<ReadonlySet<number>> {
  if (entry === undefined) return new Set();
  const are = (state: LedgerState) => (job: LedgerJob) =>
    indexes.has(job.index) && stateOf(job) === state;
  const done = new Set(entry.jobs.filter(are('abandoned')).map(({ index }) => index));
  const chosen = entry.jobs.filter(are('abandoning'));
  if (chosen.length === 0) return done;
  const { records } = await closeParked(
    entry,
    chosen,
    (record, { by = '', note = '' }) => abandoned(record, { by, note }, epochSeconds()),
    { slices },
  );
  const isDone = ({ index }: LedgerJob) => records.get(index)?.outcome === 'abandoned';
  const now = new Set(chosen.filter(isDone).map(({ index }) => index));
  if (now.size > 0) await revocations.abandon(entry.revocation, entry.part, now);
  if (chosen.some(({ index }) => isEnded(records.get(index)))) {
    // Whoever has ended them may have died before they were counted.
    const read = async () => (await slices.read(entry))?.records ?? new Map<number, JobRecord>();
    await revocations.progress(entry.revocation, entry.part, records, read);
  }
  await ledger.amend(entry, ({ jobs }) => ({
    jobs: jobs.flatMap((job) =>
      are('abandoning')(job) ? concluded(job, records.get(job.index)) : [job],
    ),
  }));
  return new Set([...done, ...now]);
}

const isEnded = (record: JobRecord | undefined): boolean =>
  record !== undefined && hasEnded(record);

/**
 * What the ledger says of a job, given what its slice does: nothing once that has ended for good, and
 * what it said before if it is queued. Neither is there to be abandoned.
 */
function concluded(job: LedgerJob, record: JobRecord | undefined): LedgerJob[] {
  if (isEnded(record)) return [];
  return record?.outcome === 'abandoned'
    ? [{ ...job, state: 'abandoned', since: epochSeconds() }]
    : [{ ...job, state: undefined, since: undefined, by: undefined, note: undefined }];
}
