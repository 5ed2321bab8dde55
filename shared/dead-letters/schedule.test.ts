import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextSweepAt, sweepHours } from './schedule.ts';

const day = 86_400;
const acceptedAt = 1_800_000_000;
const parked = (secondsLater: number, redrives?: number) => ({
  parkedAt: new Date((acceptedAt + secondsLater) * 1000).toISOString(),
  redrives,
});
/** Hours from being parked until being sent again. */
const hours = (job: ReturnType<typeof parked>, maxAgeDays = 7) => {
  const at = nextSweepAt(job, acceptedAt, maxAgeDays);
  return at === undefined ? undefined : (at - Date.parse(job.parkedAt)) / 3_600_000;
};

describe('a parked job', () => {
  test.each([
    [undefined, 1],
    [0, 1],
    [1, 4],
    [2, 16],
    [3, 24],
    [4, 24],
    [40, 24],
  ])('that was sent again %s times waits %d hours', (redrives, expected) => {
    expect(hours(parked(0, redrives))).toBe(expected);
  });

  test('is left to people once it would be too old by then', () => {
    expect(hours(parked(7 * day - 3601))).toBe(1);
    expect(hours(parked(7 * day - 3600))).toBeUndefined();
    expect(hours(parked(8 * day))).toBeUndefined();
    expect(hours(parked(8 * day), 30)).toBe(1);
  });

  test('of a provider that never comes back is sent again nine times in a week', () => {
    let at = acceptedAt * 1000;
    for (let redrives = 0; ; redrives += 1) {
      const job = { parkedAt: new Date(at).toISOString(), redrives };
      const next = nextSweepAt(job, acceptedAt, 7);
      if (next === undefined) {
        expect(redrives).toBe(9);
        return;
      }
      at = next;
    }
  });
});

test('waits never shrink, never are shorter than an hour, and end within the age that is allowed', () => {
  const seconds = fc.integer({ min: 0, max: 20 * day });
  fc.assert(
    fc.property(seconds, fc.nat(50), fc.integer({ min: 1, max: 30 }), (after, redrives, days) => {
      const job = parked(after, redrives);
      const at = nextSweepAt(job, acceptedAt, days);
      const later = nextSweepAt({ ...job, redrives: redrives + 1 }, acceptedAt, days);
      if (at === undefined) {
        expect(later).toBeUndefined();
        expect(after + Math.max(...sweepHours) * 3600).toBeGreaterThanOrEqual(days * day);
        return;
      }
      expect(at).toBeGreaterThanOrEqual(Date.parse(job.parkedAt) + 3_600_000);
      expect(at).toBeLessThan((acceptedAt + days * day) * 1000);
      if (later !== undefined) expect(later).toBeGreaterThanOrEqual(at);
    }),
  );
});
