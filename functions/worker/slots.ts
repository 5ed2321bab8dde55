import type { Reservation } from '../../shared/pace/pace.ts';

export type Granted = Extract<Reservation, { kind: 'go' }>;

/** The slots of one reservation, in order. */
export interface Slots {
  /** Milliseconds until the next one; undefined when there is none left. */
  readonly wait: () => number | undefined;
  /** Uses the next one, now. */
  readonly use: () => void;
}

/**
 * How late a slot may be used. The provider keeps no calls for us that we did not make in time, and
 * the slots behind are somebody else's.
 */
const latestMs = 100;

/**
 * Gives each slot at its time, and one that comes late no sooner than `gap` after the one before: a
 * worker that was held up must not catch up all at once. Slots that lay in the past already when they
 * were reserved are the lane's burst, and may.
 */
export function createSlots({ at, first, interval, gap, slots }: Granted): Slots {
  // Reserving takes a write, which may itself take longer than a slot may be late.
  const arrived = Date.now();
  let next = 0;
  let lastStart = Number.NEGATIVE_INFINITY;
  const timeOf = (nth: number): number => first + nth * interval;
  const isLate = (nth: number): boolean =>
    Math.max(timeOf(nth), arrived) + interval + latestMs < Date.now();
  return {
    wait: () => {
      // Neither spaced nor counted.
      if (interval === 0) return 0;
      while (next < slots && isLate(next)) next += 1;
      if (next >= slots) return undefined;
      const slot = timeOf(next);
      if (slot <= at) return 0;
      return Math.max(0, slot - Date.now(), lastStart + gap - performance.now());
    },
    use: () => {
      next += 1;
      lastStart = performance.now();
      // The process may have been held up before the call has left it.
      setImmediate(() => {
        lastStart = Math.max(lastStart, performance.now());
      });
    },
  };
}
