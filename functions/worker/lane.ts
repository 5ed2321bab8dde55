import { backoffSeconds } from '../../shared/domain/backoff.ts';
import type { Settlement } from '../../shared/domain/settle.ts';
import type { Log } from '../../shared/log/logger.ts';
import type { Pace, PaceState, PauseReason } from '../../shared/pace/pace.ts';
import type { RetryPolicy } from '../../shared/providers/configuration.ts';

/** Failures in a row that say the provider is down rather than one job unlucky. */
const outageAfter = 5;

/** What this batch learns of its lane from one answer after another. */
export interface LaneWatch {
  /** True once no further call should start in this batch. */
  readonly stopped: () => boolean;
  /** When the lane opens again, in epoch milliseconds; 0 while it is open. */
  readonly pausedUntil: () => number;
  /** Why it is shut; undefined while it is open. */
  readonly reason: () => PauseReason | undefined;
  /** Takes in how one try ended. Pauses the lane when the answer concerns every job of it. */
  readonly observe: (settlement: Settlement) => Promise<void>;
  /** Ends a pause that a success has disproved. */
  readonly close: () => Promise<void>;
}

/**
 * Decides when the whole lane should stand still: after a 429, after refused credentials, and after
 * several failures in a row. Pauses grow with each one that no success came between.
 */
export function watchLane(pace: Pace, state: PaceState, retry: RetryPolicy, log: Log): LaneWatch {
  let failuresInARow = 0;
  let succeeded = false;
  let until = 0;
  let cause: PauseReason | undefined;

  const pause = async (reason: PauseReason, detail: string, seconds: number) => {
    const grown = backoffSeconds((state.pauses ?? 0) + 1, retry);
    const wanted = Date.now() + Math.max(seconds, reason === 'throttled' ? 0 : grown) * 1000;
    if (wanted <= until) return;
    until = wanted;
    cause = reason;
    log(reason === 'misconfigured' ? 'lane.misconfigured' : 'lane.paused', {
      reason,
      detail,
      seconds: Math.ceil((until - Date.now()) / 1000),
    });
    await pace.pause(until, reason, detail);
  };

  return {
    stopped: () => until > 0,
    pausedUntil: () => until,
    reason: () => cause,

    observe: async (settlement) => {
      if (settlement.kind === 'ended') {
        failuresInARow = 0;
        succeeded = true;
        return;
      }
      if (settlement.kind === 'parked') {
        if (settlement.reason === 'misconfigured') {
          await pause('misconfigured', settlement.detail, 0);
        } else if (settlement.reason === 'refused') {
          succeeded = true;
          failuresInARow = 0;
        }
        return;
      }
      const { wait, detail, seconds } = settlement;
      switch (wait) {
        case 'throttled':
        case 'misconfigured':
          await pause(wait, detail, seconds);
          return;
        case 'unavailable':
          failuresInARow += 1;
          if (failuresInARow >= outageAfter) await pause(wait, detail, 0);
          return;
        case 'ambiguous':
          return;
      }
    },

    close: async () => {
      if (!succeeded || until > 0 || state.pausedUntil === undefined) return;
      await pace.resume();
      log('lane.resumed');
    },
  };
}
