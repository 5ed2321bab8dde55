/** When to try again. `random` is a number in [0, 1), injected so that tests can pin the jitter. */
export interface BackoffPolicy {
  readonly baseSeconds: number;
  readonly maxSeconds: number;
}

/** SQS keeps a message invisible for at most 12 hours after it was received. */
export const maximumVisibilitySeconds = 43_200;

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
  const ceiling = Math.min(maxSeconds, baseSeconds * 2 ** (Math.max(1, attempts) - 1));
  const jittered = ceiling / 2 + (ceiling / 2) * random;
  if (retryAfterSeconds <= jittered) return jittered;
  // Everyone was told the same moment: spread the return over a tenth of the wait.
  return retryAfterSeconds * (1 + random / 10);
}

/** A wait as SQS takes it: whole seconds, never shorter than asked, within its limit. */
export const visibilitySeconds = (seconds: number): number =>
  Math.min(maximumVisibilitySeconds - 60, Math.ceil(seconds));
