import { epochSeconds, type JobRecord } from '../domain/outcome.ts';
import { expired } from '../domain/redrive.ts';
import type { LedgerEntry, LedgerJob } from '../store/ledger-entry.ts';
import type { Stores } from '../store/write-down.ts';
import { closeParked } from './close.ts';

/** How much longer than it was said to a token is taken to live: its issuer's clock is not ours. */
export const expiryMarginSeconds = 300;

/** @param now epoch seconds */
export const hasExpired = ({ expiresAt }: Pick<LedgerJob, 'expiresAt'>, now: number): boolean =>
  expiresAt !== undefined && expiresAt + expiryMarginSeconds < now;

/**
 * Closes parked jobs of one slice whose tokens have died by themselves, in an order that lets a crash
 * at any point be mended by repeating:
 *
 *   slice item → progress → the ledger forgets them
 *
 * It claims nothing: whoever redrives or abandons such a job at the same time finds on the slice item
 * that it has ended, or is first and leaves nothing to close. The last step erases the sealed tokens
 * unless another job of the slice still needs them.
 *
 * @param jobs as they were listed, which may have been a moment ago
 * @returns how many jobs this call has closed
 * @throws Newer
 */
export async function expire(
  entry: LedgerEntry,
  jobs: readonly LedgerJob[],
  { ledger, slices, revocations }: Stores,
): Promise<number> {
  const now = epochSeconds();
  const { records, fresh } = await closeParked(
    entry,
    jobs.filter((job) => hasExpired(job, now)),
    (record) => expired(record, now),
    { slices },
  );
  const isExpired = ({ index }: LedgerJob) => isOutcomeExpired(records.get(index));
  const ended = new Set(jobs.filter(isExpired).map(({ index }) => index));
  if (ended.size === 0) return 0;
  await revocations.expire(entry.revocation, entry.part, ended);
  await ledger.amend(entry, (current) =>
    current.jobs.some(isExpired)
      ? { jobs: current.jobs.filter((job) => !isExpired(job)) }
      : undefined,
  );
  return fresh.size;
}

const isOutcomeExpired = (record: JobRecord | undefined): boolean => record?.outcome === 'expired';
