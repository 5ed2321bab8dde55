import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maximumVisibilitySeconds } from '../domain/backoff.ts';
import { retryAfterSeconds } from './retry-after.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const waitOf = (value: string) =>
  retryAfterSeconds({ status: 429, headers: { 'retry-after': value }, body: '' }, now);

describe('retryAfterSeconds', () => {
  test.each([
    ['0', 0],
    ['7', 7],
    [' 120 ', 120],
    ['1.5', 1.5],
    ['Thu, 01 Jan 2026 00:01:30 GMT', 90],
    ['Thursday, 01-Jan-26 00:01:30 GMT', 90],
    ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ])('%j is %f s', (value, seconds) => {
    expect(waitOf(value)).toBe(seconds);
  });

  test.each(['', '  ', 'soon', '-5 seconds', '5s', '1e3x', 'NaN'])('%j is no wait', (value) => {
    expect(waitOf(value)).toBeUndefined();
  });

  test.each([
    ['a time where seconds belong', '1767225600'],
    ['an absurd number', '9'.repeat(400)],
    ['the end of days', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])('%s is no longer than a message can wait', (_, value) => {
    expect(waitOf(value)).toBe(maximumVisibilitySeconds);
  });

  test('absent, there is none', () => {
    expect(retryAfterSeconds({ status: 429, headers: {}, body: '' }, now)).toBeUndefined();
  });

  test('whatever stands there, a wait is a finite number of seconds', () => {
    const value = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    );
    fc.assert(
      fc.property(value, (text) => {
        const seconds = waitOf(text) ?? 0;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(maximumVisibilitySeconds);
      }),
    );
  });
});
