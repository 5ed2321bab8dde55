import { describe, expect, test } from 'vitest';
import type { JobRecord } from '../domain/outcome.ts';
import { mergeCounts, receivesOf } from './delivery-counts.ts';

const record = (change: Partial<JobRecord>): JobRecord => ({
  fingerprint: 'f',
  attempts: 1,
  at: 0,
  ...change,
});
/** A job of the first message, and one of the second, that have not ended. */
const waiting = new Map([
  [0, record({})],
  [1, record({ redrives: 1 })],
]);
const none = new Map<number, JobRecord>();

describe('deliveries are counted by message', () => {
  test('an earlier one keeps its own while it has jobs to do', () => {
    const counts = mergeCounts({ redrives: 0, receives: 4 }, { redrives: 1, receives: 0 }, waiting);
    expect(counts).toMatchObject({ redrives: 1, receives: 0 });
    expect([0, 1, 2].map((number) => receivesOf(counts, number))).toEqual([4, 0, undefined]);
    const later = mergeCounts(counts, { redrives: 0, receives: 5 }, waiting);
    expect([0, 1].map((number) => receivesOf(later, number))).toEqual([5, 0]);
  });

  test('and is forgotten with the last of them', () => {
    const counts = mergeCounts({ redrives: 0, receives: 4 }, { redrives: 1, receives: 2 }, none);
    expect(counts).toEqual({ redrives: 1, receives: 2, older: undefined });
  });

  test('whoever has seen fewer does not take any back', () => {
    const counts = mergeCounts({ redrives: 1, receives: 3 }, { redrives: 1, receives: 2 }, none);
    expect(counts).toMatchObject({ redrives: 1, receives: 3 });
  });

  test('the first write is as it is', () => {
    expect(mergeCounts(undefined, { redrives: 0, receives: 1 }, none)).toMatchObject({
      redrives: 0,
      receives: 1,
    });
  });
});
