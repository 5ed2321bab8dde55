import { isLost, isStale } from '../../shared/dead-letters/claim.ts';
import { hasExpired } from '../../shared/dead-letters/expire.ts';
import { nextSweepAt, nextTryAt, tooOldAt } from '../../shared/dead-letters/schedule.ts';
import { idTime } from '../../shared/domain/revocation.ts';
import type { PaceState } from '../../shared/pace/state.ts';
import {
  type LedgerEntry,
  type LedgerJob,
  stateOf,
  timesSent,
} from '../../shared/store/ledger-entry.ts';

/** What a sweep does about a job. `probe`: nothing, unless it is chosen to try a lane out. */
export type Due = 'redrive' | 'expire' | 'abandon' | 'probe' | 'nothing';

/**
 * Whether a job is due.
 *
 * `exhausted` ones are at growing intervals. `misconfigured` ones are when their lane has recovered,
 * which a success alone shows: a pause that has run out shows nothing, since with all of a lane's
 * jobs parked there is nobody left to try. So once it has run out, one job may be sent as a probe,
 * whatever the lane stood still for in the end.
 * `refused` and `crashed` ones are for people. Any whose token has died by itself is closed. What
 * somebody has begun and died over is gone on with, and what was sent in a message that was lost.
 *
 * @param lane the pace of the job's lane
 * @param now epoch milliseconds
 */
export function dueOf(
  job: LedgerJob,
  { revocation }: Pick<LedgerEntry, 'revocation'>,
  lane: PaceState,
  now: number,
  maxAgeDays: number,
): Due {
  switch (stateOf(job)) {
    case 'abandoned':
      return 'nothing';
    case 'queued':
      return isLost(job, now / 1000) ? 'redrive' : 'nothing';
    case 'redriving':
      return isStale(job, now / 1000) ? 'redrive' : 'nothing';
    case 'abandoning':
      return isStale(job, now / 1000) ? 'abandon' : 'nothing';
    case 'parked':
      if (hasExpired(job, now / 1000)) return 'expire';
  }
  const byAge = () => {
    const acceptedAt = job.acceptedAt ?? idTime(revocation);
    const at = nextSweepAt(job, acceptedAt, maxAgeDays);
    // Nor is one that was due in time and has got too old since, for want of a sweep.
    const isDue = at !== undefined && at <= now && now < tooOldAt(acceptedAt, maxAgeDays);
    return isDue ? 'redrive' : 'nothing';
  };
  switch (job.reason) {
    case 'refused':
    case 'crashed':
      return 'nothing';
    case 'exhausted':
      return byAge();
    case 'misconfigured': {
      const { pauseReason, pausedUntil, resumedAt = 0 } = lane;
      const paused = pausedUntil !== undefined;
      const hasRunOut = paused && pausedUntil <= now;
      const probed = () => (hasRunOut && nextTryAt(job) <= now ? 'probe' : 'nothing');
      if (paused && pauseReason === 'misconfigured') return probed();
      if (resumedAt > Date.parse(job.parkedAt)) {
        // Once at once. A job that is wrong by itself shuts its lane each time it is sent, and the
        // next success opens it: that must not go round with every sweep.
        return timesSent(job) === 0 || nextTryAt(job) <= now ? 'redrive' : 'nothing';
      }
      // A probe that met a 429 or an outage has changed the reason, and shown nothing else.
      if (hasRunOut) return probed();
      // The lane is well, and has been since before this job was parked: it may be the job's own.
      return byAge();
    }
  }
}

/** Whether a job is out on a lane to show that the lane has recovered, as any such job does. */
export const isProbing = (job: LedgerJob): boolean =>
  job.reason === 'misconfigured' && ['redriving', 'queued'].includes(stateOf(job));
