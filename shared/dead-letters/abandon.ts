import { type Decision, epochSeconds } from '../domain/outcome.ts';
import { abandoned } from '../domain/redrive.ts';
import type { SlicePlace } from '../domain/slice.ts';
import { type LedgerJob, stateOf } from '../store/ledger-entry.ts';
import type { SliceState } from '../store/slices.ts';
import type { Stores } from '../store/write-down.ts';

/**
 * Gives up on parked jobs of one slice for good, in an order that lets a crash at any point be
 * mended by repeating:
 *
 *   ledger: "abandoning", by whom and why → slice item → progress → ledger: "abandoned"
 *
 * The last erases the sealed tokens, unless another job of the slice still needs them: they are in
 * one envelope, and nobody who may do this holds a key to make another of it.
 *
 * Jobs that are not parked stay as they are, and so does an earlier decision.
 *
 * @returns those of the jobs that are abandoned now, by this decision or an earlier one
 * @throws Newer
 */
export async function abandon(
  place: SlicePlace,
  indexes: ReadonlySet<number>,
  decision: Decision,
  { ledger, slices, revocations }: Stores,
): Promise<ReadonlySet<number>> {
  const asked = ({ index }: LedgerJob) => indexes.has(index);
  const entry = await ledger.amend(place, ({ jobs }) => {
    const now = epochSeconds();
    const begins = (job: LedgerJob) => asked(job) && stateOf(job) === 'parked';
    if (!jobs.some(begins)) return undefined;
    const begun = { ...decision, state: 'abandoning', since: now } as const;
    return { jobs: jobs.map((job) => (begins(job) ? { ...job, ...begun } : job)) };
  });
  if (entry === undefined) return new Set();
  const chosen = entry.jobs.filter((job) => asked(job) && stateOf(job) === 'abandoning');
  const earlier = entry.jobs.filter((job) => asked(job) && stateOf(job) === 'abandoned');
  const done = new Set<number>();
  if (chosen.length > 0) {
    const state = await slices.amend(entry, (current) => withAbandoned(current, chosen));
    for (const { index } of chosen) {
      if (state?.records.get(index)?.outcome === 'abandoned') done.add(index);
    }
    if (done.size > 0) await revocations.abandon(entry.revocation, entry.part, done);
    await ledger.amend(place, ({ jobs }) => ({
      jobs: jobs.map((job) =>
        stateOf(job) === 'abandoning' && asked(job) ? concluded(job, done.has(job.index)) : job,
      ),
    }));
  }
  return new Set([...done, ...earlier.map(({ index }) => index)]);
}

/** Undefined where nothing is to be changed. */
function withAbandoned(
  current: SliceState | undefined,
  chosen: readonly LedgerJob[],
): SliceState | undefined {
  const records = new Map(current?.records);
  let changed = false;
  for (const { by = '', note = '', ...job } of chosen) {
    const { index, ref, fingerprint, reason, detail, attempts, httpStatus } = job;
    // The ledger keeps longer than the slice's own item.
    const before = records.get(index) ?? {
      ...{ ref, fingerprint, reason, detail, attempts, httpStatus },
      outcome: 'parked' as const,
      at: 0,
    };
    if (before.outcome !== 'parked') continue;
    records.set(index, abandoned(before, { by, note }, epochSeconds()));
    changed = true;
  }
  if (!changed) return undefined;
  return { redrives: 0, receives: 0, ...current, records };
}

/** Back to where it was if its slice says that it is not parked: then it is not to be abandoned. */
const concluded = (job: LedgerJob, isDone: boolean): LedgerJob =>
  isDone
    ? { ...job, state: 'abandoned', since: epochSeconds() }
    : { ...job, state: undefined, since: undefined, by: undefined, note: undefined };
