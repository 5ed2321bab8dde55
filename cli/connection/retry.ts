/** What a call met that may pass by itself. */
export interface Setback {
  /** As for a person, e.g. `the API answers HTTP 429`. */
  readonly what: string;
  /** Seconds that the API asks for. */
  readonly retryAfter?: number | undefined;
}

const longestSeconds = 30;

/**
 * Seconds to wait before the next try: what the API asks for, else twice as long each time, less up
 * to a half by chance so that callers do not come back all at once.
 *
 * @param tries so far, 1 or more
 * @param chance 0 up to 1
 */
export const waitBefore = (tries: number, { retryAfter }: Setback, chance: number): number =>
  retryAfter ?? Math.min(longestSeconds, 0.5 * 2 ** (tries - 1)) * (1 - chance / 2);

/** The statuses that say nothing about the request itself. */
export const passes = (status: number): boolean => [408, 429, 500, 502, 503, 504].includes(status);

/** @returns seconds; undefined when there is nothing that could be one */
export function retryAfterOf(headers: Headers, now = Date.now()): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
