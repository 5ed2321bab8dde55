import { workerTimeoutSeconds } from '../queue/lane-settings.ts';

/** When to try again. `random` is a number in [0, 1), injected so that tests can pin the jitter. */
export interface BackoffPolicy {
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

/**
 * SQS keeps a message invisible for at most 12 hours from when it was received, and refuses a call
 * that asks for more; the worker may have held it for its whole time-out by then.
 */
export const maximumVisibilitySeconds = 43_200 - workerTimeoutSeconds - 60;

/**
 * Seconds to wait after the `attempts`-th failed try (1-based): doubling from `baseSeconds`, capped
 * at `maxSeconds`, the upper half of it drawn at random so that a whole lane's jobs do not return
 * at one moment. A provider's Retry-After is a lower bound, never shortened by the cap.
 */
export function backoffSeconds(
  attempts: number,
  { baseSeconds, maxSeconds }: BackoffPolicy,
  retryAfterSeconds = 0,
  random = Math.random(),
): number {
  // Bounded, since a lane's pauses are counted without end and 0 * Infinity is not a number.
  const doublings = Math.min(64, Math.max(1, attempts) - 1);
  const ceiling = Math.min(maxSeconds, baseSeconds * 2 ** doublings);
  const jittered = ceiling / 2 + (ceiling / 2) * random;
  if (retryAfterSeconds <= jittered) return jittered;
  // Everyone was told the same moment: spread the return over a tenth of the wait.
  return retryAfterSeconds * (1 + random / 10);
}

/** Longest that all of one job's tries take, the wait after the last included, without the calls. */
export function scheduleSeconds({
  maxAttempts,
  baseSeconds,
  maxSeconds,
}: BackoffPolicy & { readonly maxAttempts: number }): number {
  let seconds = 0;
  for (let wait = 0; wait < maxAttempts; wait += 1) {
    seconds += Math.min(maxSeconds, baseSeconds * 2 ** wait);
  }
  return seconds;
}

/**
 * A wait as SQS takes it: whole seconds, never shorter than asked, within its limit. At least one,
 * since fauxqs 2.4.1 loses a message that it is told to show again at once.
 */
export const visibilitySeconds = (seconds: number): number =>
  Math.min(maximumVisibilitySeconds, Math.max(1, Math.ceil(seconds)));
