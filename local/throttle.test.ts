import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

test('lets a burst in, and then as many a second as the rate', () => {
  let now = 0;
  const throttle = createThrottle({ rateLimit: 2, burstLimit: 3 }, () => now);
  expect([throttle(), throttle(), throttle(), throttle()]).toEqual([0, 0, 0, 1]);
  now = 500;
  expect([throttle(), throttle()]).toEqual([0, 1]);
  now = 60_000;
  expect([throttle(), throttle(), throttle(), throttle()]).toEqual([0, 0, 0, 1]);
});

test('says how long to wait: whoever does is let in', () => {
  let now = 0;
  const throttle = createThrottle({ rateLimit: 0.1, burstLimit: 1 }, () => now);
  throttle();
  const seconds = throttle();
  expect(seconds).toBe(10);
  now += seconds * 1000;
  expect(throttle()).toBe(0);
});

test('a clock that is put back lets nobody in for it, nor locks anybody out', () => {
  let now = 100_000;
  const throttle = createThrottle({ rateLimit: 1, burstLimit: 1 }, () => now);
  throttle();
  now = 0;
  expect(throttle()).toBe(1);
  now = 1000;
  expect(throttle()).toBe(0);
});

test('never lets more in than burst and rate allow', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(500), { maxLength: 200 }),
      (rateLimit, burstLimit, waits) => {
        let now = 0;
        const throttle = createThrottle({ rateLimit, burstLimit }, () => now);
        let entered = 0;
        for (const wait of waits) {
          now += wait;
          if (throttle() === 0) entered += 1;
        }
        expect(entered).toBeLessThanOrEqual(burstLimit + (now / 1000) * rateLimit);
      },
    ),
  );
});
