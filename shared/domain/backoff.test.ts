import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffSeconds, maximumVisibilitySeconds, visibilitySeconds } from './backoff.ts';

/** To the millisecond, as people configure. */
const seconds = (max: number) => fc.nat(max * 1000).map((ms) => ms / 1000);
const policy = fc.record({ baseSeconds: seconds(3600), maxSeconds: seconds(43_200) });
const attempts = fc.integer({ min: 0, max: 100_000 });
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffSeconds', () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, 40],
    [7, 640],
    [8, 900],
    [50, 900],
  ])('after try %i waits up to %i s, and never less than half of that', (tries, ceiling) => {
    const wait = (jitter: number) =>
      backoffSeconds(tries, { baseSeconds: 10, maxSeconds: 900 }, 0, jitter);
    expect(wait(0)).toBe(ceiling / 2);
    expect(wait(1)).toBe(ceiling);
  });

  test('stays within the cap however many tries there were', () => {
    fc.assert(
      fc.property(attempts, policy, random, (tries, limits, jitter) => {
        const wait = backoffSeconds(tries, limits, undefined, jitter);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(limits.maxSeconds);
      }),
    );
  });

  test('is never shorter than Retry-After, and at most a tenth longer when that decides', () => {
    fc.assert(
      fc.property(attempts, policy, seconds(43_200), random, (tries, limits, asked, jitter) => {
        const own = backoffSeconds(tries, limits, 0, jitter);
        const wait = backoffSeconds(tries, limits, asked, jitter);
        expect(wait).toBeGreaterThanOrEqual(asked);
        expect(wait).toBeLessThanOrEqual(Math.max(own, asked * 1.1));
      }),
    );
  });

  test('does not shrink from one try to the next', () => {
    fc.assert(
      fc.property(attempts, policy, random, (tries, limits, jitter) => {
        const wait = (nth: number) => backoffSeconds(nth, limits, 0, jitter);
        expect(wait(tries + 1)).toBeGreaterThanOrEqual(wait(tries));
      }),
    );
  });

  test('draws its own jitter when none is given', () => {
    const waits = Array.from({ length: 50 }, () =>
      backoffSeconds(1, { baseSeconds: 10, maxSeconds: 900 }),
    );
    expect(new Set(waits).size).toBeGreaterThan(1);
  });
});

describe('visibilitySeconds', () => {
  test('is whole, never shorter than asked, and within what SQS takes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e9, noNaN: true }), (asked) => {
        const whole = visibilitySeconds(asked);
        expect(Number.isInteger(whole)).toBe(true);
        expect(whole).toBeGreaterThanOrEqual(1);
        expect(whole).toBeLessThanOrEqual(maximumVisibilitySeconds);
        if (asked <= maximumVisibilitySeconds) expect(whole).toBeGreaterThanOrEqual(asked);
      }),
    );
  });
});
