import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSpread } from './spread.ts';

test('without a rate everything goes at once', () => {
  const spread = createSpread(undefined);
  expect([spread.take(25), spread.take(25), spread.room()]).toEqual([0, 0, Infinity]);
});

test('at two a second, jobs start one behind the other, for 15 minutes at most', () => {
  const spread = createSpread(2);
  expect([spread.take(25), spread.take(25), spread.take(1)]).toEqual([0, 12, 25]);
  expect(spread.room()).toBe(1800 - 51);
});

test('no message waits longer than SQS allows, and no more jobs than the rate start by any second', () => {
  const rates = fc.double({ min: 0.1, max: 1000, noNaN: true });
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 1, max: 25 })), (rate, sizes) => {
      const spread = createSpread(rate);
      let started = 0;
      for (const size of sizes) {
        const jobs = Math.min(size, spread.room());
        if (jobs === 0) return;
        const seconds = spread.take(jobs);
        expect(seconds).toBeLessThanOrEqual(900);
        // What came before it has had its time by then.
        expect(started).toBeLessThan((seconds + 1) * rate);
        started += jobs;
      }
    }),
  );
});
