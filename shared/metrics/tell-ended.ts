import { jobId } from '../domain/job.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceIdentity } from '../domain/slice.ts';
import type { Log } from '../log/logger.ts';
import type { SliceState, Slices, VersionedSlice } from '../store/slices.ts';
import type { Metrics } from './metrics.ts';

/**
 * The same slices, which count each job that a write has ended, and log each one that it has
 * parked. What an earlier write had ended is not told again.
 *
 * A job that another delivery ended meanwhile is that delivery's to tell; only if both say the same
 * of it in the same second is it counted twice.
 */
export const tellEnded = (slices: Slices, metrics: Metrics, log: Log): Slices => ({
  ...slices,
  write: async (identity, state, seen) => {
    const written = await slices.write(identity, state, seen);
    for (const [index, record] of endedBy(state, seen, written)) {
      tell(identity, index, record, metrics, log);
    }
    // A copy: the caller goes on changing its own records, and the next write must still see these.
    return { ...written, records: new Map(written.records) };
  },
});

/** The jobs that had no outcome before a write, and have the one it said after it. */
function endedBy(
  state: SliceState,
  seen: VersionedSlice | undefined,
  written: VersionedSlice,
): [number, JobRecord][] {
  return [...state.records].filter(([index, { outcome, at }]) => {
    if (outcome === undefined || seen?.records.get(index)?.outcome !== undefined) return false;
    const now = written.records.get(index);
    return now?.outcome === outcome && now.at === at;
  });
}

function tell(
  identity: SliceIdentity,
  index: number,
  { outcome, reason = 'exhausted', detail }: JobRecord,
  metrics: Metrics,
  log: Log,
): void {
  const { provider: Provider, revocation } = identity;
  if (outcome === undefined) return;
  metrics.add('Outcomes', { Provider, Outcome: outcome });
  if (outcome !== 'parked') return;
  metrics.add('Parked', { Provider, Reason: reason });
  const job = jobId({ ...identity, index });
  log('job.parked', { revocation, job, provider: Provider, reason, detail });
}
