import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maximumJobsPerSlice } from '../domain/slice.ts';
import {
  batchSizeOf,
  deadLetterTimeoutSeconds,
  maximumAgeSeconds,
  maximumReceives,
  retentionSeconds,
  visibilityTimeoutSeconds,
  workerTimeoutSeconds,
} from './lane-settings.ts';

test('a message is not delivered again while its worker may still be at it', () => {
  expect(visibilityTimeoutSeconds).toBeGreaterThanOrEqual(6 * workerTimeoutSeconds);
  expect(deadLetterTimeoutSeconds).toBeLessThan(visibilityTimeoutSeconds);
});

test('a message is given up on before SQS forgets it, and within what SQS allows', () => {
  expect(maximumAgeSeconds).toBeLessThan(retentionSeconds);
  expect(retentionSeconds).toBeLessThanOrEqual(14 * 24 * 3600);
  expect(maximumReceives).toBeLessThanOrEqual(1000);
});

describe('a batch', () => {
  test('is full where calls are not spaced', () => {
    expect(batchSizeOf({ rate: undefined, maxConcurrency: 1000 })).toBe(4);
  });

  test.each([
    [100, 2, 4],
    [8, 5, 3],
    [2, 5, 1],
    [0.1, 2, 1],
  ])(
    'at %d a second over %i workers holds %i slices',
    (requestsPerSecond, maxConcurrency, size) => {
      expect(batchSizeOf({ rate: { requestsPerSecond, burst: 1 }, maxConcurrency })).toBe(size);
    },
  );

  test('leaves no worker with more than a minute’s share, unless one slice is more than that', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 1000, noNaN: true }),
        fc.integer({ min: 2, max: 1000 }),
        (requestsPerSecond, maxConcurrency) => {
          const size = batchSizeOf({ rate: { requestsPerSecond, burst: 1 }, maxConcurrency });
          const held = size * maximumJobsPerSlice * maxConcurrency;
          if (size > 1) expect(held / requestsPerSecond).toBeLessThanOrEqual(60);
          expect(size).toBeGreaterThanOrEqual(1);
        },
      ),
    );
  });
});
