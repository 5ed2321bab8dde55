import { learntRate } from './learnt.ts';
import type { PaceState } from './state.ts';

export interface Rate {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** How a lane's calls are spaced, in milliseconds. */
export interface Tempo {
  /** From one slot to the next. */
  readonly interval: number;
  /** Least time between two starts, for a worker that has fallen behind its slots. */
  readonly gap: number;
  /** Calls that an idle lane starts at once. */
  readonly burst: number;
  /** How far ahead slots are given. A rate that grows again must not be held down by old slots. */
  readonly horizonMs: number;
  /** Between the slots of one reservation and those of the next, at most. */
  readonly guard: number;
}

/**
 * Left free between one worker's slots and another's, where no burst forgives that the one's last call
 * is late: a share of the time that the slots take, so that small reservations do not cost the rate.
 */
export const guardOf = ({ guard, interval }: Tempo, slots: number): number =>
  Math.min(guard, slots * interval * 0.02);

const longestGuard = 10;

/**
 * Calls do not arrive as evenly as they are sent. A provider that takes bursts forgives that, if we
 * do not use its whole burst up; of one that takes none, we stay further below the rate.
 */
const headroom = ({ burst }: Rate): number => (burst > 1 ? 1.03 : 1.07);

/**
 * The tempo that a lane's configuration and its provider's 429s ask for; undefined where neither asks
 * for any.
 */
export function tempoOf(rate: Rate | undefined, state: PaceState, now: number): Tempo | undefined {
  const learnt = learntRate(state, now, rate?.requestsPerSecond);
  if (learnt !== undefined) {
    const interval = 1000 / learnt;
    return { interval, gap: interval * 0.97, burst: 1, guard: 0, horizonMs: 5000 };
  }
  if (rate === undefined) return undefined;
  const least = 1000 / rate.requestsPerSecond;
  const interval = least * headroom(rate);
  return {
    interval,
    gap: least + (interval - least) / 3,
    burst: Math.max(1, Math.floor(rate.burst / 2)),
    guard: rate.burst > 1 ? 0 : longestGuard,
    horizonMs: Number.POSITIVE_INFINITY,
  };
}
