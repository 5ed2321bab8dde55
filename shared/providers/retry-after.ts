import { maximumVisibilitySeconds } from '../domain/backoff.ts';
import type { HttpAnswer } from './adapter.ts';

/**
 * `Retry-After` in seconds from now: RFC 9110 §10.2.3 allows seconds or a date. Undefined when
 * absent or unreadable; a date in the past is 0. No longer than a message can wait, or a provider
 * that sends a time where seconds belong would stop its lane for decades.
 */
export function retryAfterSeconds(answer: HttpAnswer, now = Date.now()): number | undefined {
  const value = answer.headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(maximumVisibilitySeconds, Math.max(0, seconds));
}
