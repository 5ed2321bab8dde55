import { backoffSeconds } from '../../shared/domain/backoff.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { describeFault, type Log } from '../../shared/log/logger.ts';
import type { Pace, PaceState, PauseReason } from '../../shared/pace/pace.ts';
import type { RetryPolicy } from '../../shared/providers/configuration.ts';

/**
 * Longest that one Retry-After stops a whole lane. The job that met it waits as long as it says; an
 * hour later another one asks whether it was meant for all.
 */
const longestPauseSeconds = 3600;
const bounded = (seconds: number): number => Math.min(seconds, longestPauseSeconds);

/**
 * Failures in a row that say the provider is down rather than some jobs unlucky: five of jobs at
 * their first try. One of a job that has failed before says less. A slice that comes back has only
 * such jobs left, so they are in a row however well the provider is; it takes twenty of them.
 */
const outageAt = 20;
const weightOf = (first: boolean): number => (first ? 4 : 1);

/** What this batch learns of its lane from one answer after another. */
export interface LaneWatch {
  /** True once no further call should start in this batch. */
  readonly stopped: () => boolean;
  /** When the lane opens again, in epoch milliseconds; 0 while it is open. */
  readonly pausedUntil: () => number;
  /** Why it is shut; undefined while it is open. */
  readonly reason: () => PauseReason | undefined;
  /** Whether the provider takes our credentials and configuration; undefined until it tells. */
  readonly configured: () => boolean | undefined;
  /**
   * Takes in what one try met. Pauses the lane when that concerns every job of it, whatever becomes
   * of this one.
   *
   * @param waitSeconds how long the job itself is to wait, if it is
   * @param first whether the job had not been tried before
   */
  readonly observe: (verdict: Verdict, waitSeconds?: number, first?: boolean) => Promise<void>;
  /** Ends a pause that a success has disproved. */
  readonly close: () => Promise<void>;
}

/**
 * Decides when the whole lane should stand still: after a 429, after refused credentials, and after
 * several failures in a row. Pauses grow with each one that no success came between.
 */
export function watchLane(pace: Pace, state: PaceState, retry: RetryPolicy, log: Log): LaneWatch {
  let suspicion = 0;
  let succeeded = false;
  let misconfigured = false;
  let until = 0;
  let cause: PauseReason | undefined;

  /** Tells the other workers. If that fails, they learn it from the provider as this one did. */
  const tell = async (telling: Promise<void>) => {
    try {
      await telling;
    } catch (error) {
      log('lane.untold', describeFault(error));
    }
  };

  const pause = async (reason: PauseReason, detail: string, seconds: number) => {
    const wanted = Date.now() + seconds * 1000;
    if (wanted <= until) return;
    until = wanted;
    cause = reason;
    log(reason === 'misconfigured' ? 'lane.misconfigured' : 'lane.paused', {
      reason,
      detail,
      seconds: Math.ceil((until - Date.now()) / 1000),
    });
    await tell(pace.pause(until, reason, detail));
  };
  /** What a pause lasts that nobody named a time for. */
  const grown = () => backoffSeconds((state.pauses ?? 0) + 1, retry);

  return {
    stopped: () => until > 0,
    pausedUntil: () => until,
    reason: () => cause,
    configured: () => {
      if (misconfigured) return false;
      return succeeded ? true : undefined;
    },

    observe: async (verdict, waitSeconds = 0, first = true) => {
      switch (verdict.kind) {
        case 'revoked':
        case 'already_invalid':
        case 'unsupported':
        case 'refused':
          suspicion = 0;
          succeeded = true;
          return;
        case 'throttled': {
          const asked = Math.max(waitSeconds, verdict.retryAfterSeconds ?? 0);
          await pause('throttled', verdict.detail, asked > 0 ? bounded(asked) : grown());
          return;
        }
        case 'misconfigured':
          misconfigured = true;
          await pause('misconfigured', verdict.detail, Math.max(waitSeconds, grown()));
          return;
        case 'unavailable':
          suspicion += weightOf(first);
          if (suspicion >= outageAt) {
            const asked = verdict.retryAfterSeconds ?? 0;
            await pause('unavailable', verdict.detail, Math.max(bounded(asked), grown()));
          }
          return;
        case 'ambiguous':
          return;
      }
    },

    close: async () => {
      if (!succeeded || until > 0 || state.pausedUntil === undefined) return;
      await tell(pace.resume());
      log('lane.resumed');
    },
  };
}
