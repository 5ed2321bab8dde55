import { describe, expect, test } from 'vitest';
import { passes, retryAfterOf, waitBefore } from './retry.ts';

describe('the wait before the next try', () => {
  test('doubles, up to half a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 20].map((tries) => waitBefore(tries, { what: '' }, 0));
    expect(waits).toEqual([0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
  });

  test('is shorter by chance, but never by more than a half', () => {
    expect(waitBefore(3, { what: '' }, 0.999)).toBeGreaterThanOrEqual(1);
  });

  test('is what the API asks for', () => {
    expect(waitBefore(1, { what: 'HTTP 429', retryAfter: 7 }, 0.5)).toBe(7);
  });
});

test.each([
  ['7', 7],
  ['0', 0],
  ['Fri, 15 Jan 2027 08:00:09 GMT', 9],
  ['Fri, 15 Jan 2027 07:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
])('Retry-After: %s is %s s', (value, seconds) => {
  const now = Date.parse('2027-01-15T08:00:00Z');
  expect(retryAfterOf(new Headers({ 'retry-after': value }), now)).toBe(seconds);
});

test.each([
  [429, true],
  [503, true],
  [500, true],
  [400, false],
  [401, false],
  [409, false],
  [422, false],
  [501, false],
])('HTTP %i may pass by itself: %s', (status, may) => {
  expect(passes(status)).toBe(may);
});
