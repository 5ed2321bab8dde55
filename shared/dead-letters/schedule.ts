import { type LedgerJob, timesSent } from '../store/ledger-entry.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Hours after which a job is sent again, by how often that has been done already; then daily. */
export const sweepHours = [1, 4, 16, 24] as const;

/** Wait after a job was parked that has been sent again so often. */
const waitMs = (times: number): number =>
  (sweepHours[Math.min(times, sweepHours.length - 1)] ?? 24) * hourMs;

/** Of a job what tells when it was parked, and how often it has been sent again. */
type Tried = Pick<LedgerJob, 'parkedAt' | 'redrives' | 'times'>;

/** Without regard to how old the job is, in epoch milliseconds. */
export const nextTryAt = (job: Tried): number => Date.parse(job.parkedAt) + waitMs(timesSent(job));

/** When a job is left to people, in epoch milliseconds. @param acceptedAt in epoch seconds */
export const tooOldAt = (acceptedAt: number, maxAgeDays: number): number =>
  acceptedAt * 1000 + maxAgeDays * dayMs;

/**
 * When a parked job is to be sent again.
 *
 * @param acceptedAt when the API took it in, in epoch seconds
 * @param maxAgeDays age from which on it is left to people
 * @returns epoch milliseconds; undefined for never
 */
export function nextSweepAt(
  job: Tried,
  acceptedAt: number,
  maxAgeDays: number,
): number | undefined {
  const at = nextTryAt(job);
  return at < tooOldAt(acceptedAt, maxAgeDays) ? at : undefined;
}
