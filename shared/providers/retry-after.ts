import type { HttpAnswer } from './adapter.ts';

/**
 * `Retry-After` in seconds from now: RFC 9110 §10.2.3 allows seconds or a date. Undefined when
 * absent or unreadable; a date in the past is 0.
 */
export function retryAfterSeconds(answer: HttpAnswer, now = Date.now()): number | undefined {
  const value = answer.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}
