/** What API Gateway calls the rate and the burst of a stage. */
export interface ThrottleSettings {
  /** Requests a second. */
  readonly rateLimit: number;
  /** Requests at once, after a while of none. */
  readonly burstLimit: number;
}

/**
 * A token bucket.
 *
 * @param now epoch milliseconds
 * @returns seconds after which to come again; 0 lets the request in
 */
export function createThrottle(
  { rateLimit, burstLimit }: ThrottleSettings,
  now: () => number = Date.now,
): () => number {
  let tokens = burstLimit;
  let filled = now();
  return () => {
    const at = now();
    tokens = Math.min(burstLimit, tokens + (Math.max(0, at - filled) / 1000) * rateLimit);
    filled = at;
    if (tokens < 1) return Math.ceil((1 - tokens) / rateLimit);
    tokens -= 1;
    return 0;
  };
}
