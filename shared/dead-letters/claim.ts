import { epochSeconds } from '../domain/outcome.ts';
import type { SlicePlace } from '../domain/slice.ts';
import { retentionSeconds } from '../queue/lane-settings.ts';
import { type LedgerJob, type StoredEntry, stateOf, timesSent } from '../store/ledger-entry.ts';
import type { Stores } from '../store/write-down.ts';
import { settleAll } from './settle-all.ts';

/**
 * Seconds after which whoever began to redrive or abandon a job and has not gone on is taken for
 * dead. Far longer than these steps take, and than the API's function may run.
 */
export const staleSeconds = 120;

/**
 * Seconds after which the message that a job was sent again in is gone: SQS has forgotten it, with a
 * day to spare. Had it been worked on, the job would have left the ledger or be parked anew.
 */
export const lostSeconds = retentionSeconds + 86_400;

/** Jobs of one slice that are to be sent again, as far as they may be. */
export interface Choice {
  readonly place: SlicePlace;
  readonly wanted: (job: LedgerJob) => boolean;
}

/** Jobs that nobody else will send again now. */
export interface Claim {
  readonly entry: StoredEntry;
  /** Which time it is that jobs of this slice are sent again. */
  readonly redrives: number;
  readonly jobs: readonly LedgerJob[];
}

/**
 * Whether a job may be sent again: it is parked, somebody died who was about to send it, or its
 * message was lost.
 */
export const mayBeSent = (job: LedgerJob, now = epochSeconds()): boolean =>
  stateOf(job) === 'parked' ||
  (stateOf(job) === 'redriving' && isStale(job, now)) ||
  isLost(job, now);

export const isStale = ({ since = 0 }: LedgerJob, now: number): boolean =>
  now - since > staleSeconds;

export const isLost = (job: LedgerJob, now: number): boolean =>
  stateOf(job) === 'queued' && now - (job.since ?? now) > lostSeconds;

/** Those that a dead redrive has left first: they keep the number that it had given them. */
export async function claim({ place, wanted }: Choice, stores: Stores): Promise<Claim[]> {
  const claims: Claim[] = [];
  try {
    for (;;) {
      let chosen: Omit<Claim, 'entry'> | undefined;
      const entry = await stores.ledger.amend(place, ({ jobs, redrives, sealed }) => {
        const now = epochSeconds();
        const free = jobs.filter((job) => mayBeSent(job, now) && wanted(job));
        chosen = sealed === undefined ? undefined : firstOf(free, redrives + 1);
        return chosen && claimedFor(chosen, jobs, redrives, now);
      });
      if (entry === undefined || chosen === undefined) return claims;
      claims.push({ ...chosen, entry });
      if (chosen.jobs.every((job) => stateOf(job) !== 'redriving')) return claims;
    }
  } catch (error) {
    await handBack(claims, stores);
    throw error;
  }
}

function claimedFor(
  chosen: Omit<Claim, 'entry'>,
  jobs: readonly LedgerJob[],
  latest: number,
  now: number,
): Pick<StoredEntry, 'jobs' | 'redrives'> {
  const numbers = new Set(chosen.jobs.map(({ index }) => index));
  const { redrives } = chosen;
  return {
    redrives: Math.max(latest, redrives),
    jobs: jobs.map((job) => {
      if (!numbers.has(job.index)) return job;
      const times = timesSent(job) + (stateOf(job) === 'redriving' ? 0 : 1);
      return { ...job, state: 'redriving', redrives, times, since: now };
    }),
  };
}

/** Jobs of one number: left ones of the lowest there is, else the others with a new one. */
function firstOf(free: readonly LedgerJob[], next: number): Omit<Claim, 'entry'> | undefined {
  if (free.length === 0) return undefined;
  const left = free.filter((job) => stateOf(job) === 'redriving');
  if (left.length === 0) return { redrives: next, jobs: free };
  const redrives = Math.min(...left.map((job) => job.redrives ?? next));
  return { redrives, jobs: left.filter((job) => (job.redrives ?? next) === redrives) };
}

/**
 * Lets the next redrive go on at once with what this one has claimed in vain. Where that fails, too,
 * it waits until the claim is stale.
 */
export async function handBack(claims: readonly Claim[], { ledger }: Stores): Promise<void> {
  await settleAll(
    claims.map((claimed) =>
      ledger.amend(claimed.entry, ({ jobs }) => {
        const isOurs = claimedBy(claimed);
        return jobs.some(isOurs)
          ? { jobs: jobs.map((job) => (isOurs(job) ? { ...job, since: 0 } : job)) }
          : undefined;
      }),
    ),
  );
}

/** Whether a job is still as a claim has left it. */
export function claimedBy({ redrives, jobs }: Claim): (job: LedgerJob) => boolean {
  const numbers = new Set(jobs.map(({ index }) => index));
  return (job) =>
    numbers.has(job.index) && stateOf(job) === 'redriving' && job.redrives === redrives;
}
