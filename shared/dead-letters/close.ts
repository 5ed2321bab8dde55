import type { JobRecord } from '../domain/outcome.ts';
import type { SliceIdentity } from '../domain/slice.ts';
import type { LedgerJob } from '../store/ledger-entry.ts';
import type { Stores } from '../store/write-down.ts';
import { parkedRecord } from './parked-record.ts';

/** What became of jobs that were to be closed. */
export interface Closed {
  /** The slice's records as they stand now. */
  readonly records: ReadonlyMap<number, JobRecord>;
  /** Indexes of the jobs that this call has closed. */
  readonly fresh: ReadonlySet<number>;
}

/**
 * Ends jobs of a slice that are parked, without their provider. The slice item decides: what it does
 * not call parked has been sent again or has ended, and stays as it is.
 *
 * @param closed what is to be written of a job, given what stands there
 */
export async function closeParked(
  slice: SliceIdentity,
  jobs: readonly LedgerJob[],
  closed: (record: JobRecord, job: LedgerJob) => JobRecord,
  { slices }: Pick<Stores, 'slices'>,
): Promise<Closed> {
  let fresh: ReadonlyMap<number, JobRecord> = new Map();
  const state = await slices.amend(slice, (current) => {
    fresh = new Map(
      jobs.flatMap((job): [number, JobRecord][] => {
        const record = current?.records.get(job.index) ?? parkedRecord(job);
        return record.outcome === 'parked' ? [[job.index, closed(record, job)]] : [];
      }),
    );
    if (fresh.size === 0) return undefined;
    const records = new Map([...(current?.records ?? []), ...fresh]);
    return { redrives: 0, receives: 0, ...current, records };
  });
  return { records: state?.records ?? new Map(), fresh: new Set(fresh.keys()) };
}
