import { duration } from '../output/eta.ts';
import type { Setback } from './retry.ts';

/** Tells people and logs that nothing comes through, and for how long it is tried. */
export interface Notice {
  /** @param seconds until the next try; `left`: until it is given up */
  readonly onSetback: (setback: Setback, seconds: number, left: number) => void;
  readonly onAnswer: () => void;
}

/** Shorter waits are over before anybody has read of them. */
const patientMs = 2000;
/** Between the first notice and the second; each time three times as long. */
const firstGapMs = 10_000;
const longestGapMs = 5 * 60_000;

/**
 * Calls that run side by side share one, so that they tell the same thing once.
 *
 * @param tell gets a sentence
 */
export function createNotice(tell: (text: string) => void, now: () => number = Date.now): Notice {
  let since: number | undefined;
  let nextAt = 0;
  let gapMs = firstGapMs;
  return {
    onSetback: ({ what }, seconds, left) => {
      const at = now();
      since ??= at;
      if (at + seconds * 1000 - since < patientMs || at < nextAt) return;
      tell(`${what}; trying again for up to ${duration(left)}`);
      nextAt = at + gapMs;
      gapMs = Math.min(gapMs * 3, longestGapMs);
    },
    onAnswer: () => {
      since = undefined;
    },
  };
}
