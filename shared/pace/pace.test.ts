import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lanesOn, later, slotsOf } from '../../test/support/lane-pace.ts';
import { startTable } from '../../test/support/table.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const start = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: start }));
afterEach(() => void vi.useRealTimers());

const { newLane, workersOf } = lanesOn(table);

describe('slots', () => {
  test('a fresh lane starts half its burst at once, and then goes just below its rate', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 6 });
    const slots = slotsOf(await pace.reserve(6, 60_000));
    // Half of the burst, and a little less than the rate: calls do not arrive as they are sent.
    expect(slots.map((slot) => Math.max(0, slot - start))).toEqual([0, 0, 0, 103, 206, 309]);
  });

  test('what is reserved begins behind what was', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 2 });
    await pace.reserve(5, 60_000);
    expect(slotsOf(await pace.reserve(2, 60_000)).map((slot) => slot - start)).toEqual([515, 618]);
  });

  test('an idle lane has its burst back, and no more', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 6 });
    await pace.reserve(5, 60_000);
    later(3_600_000);
    const ready = slotsOf(await pace.reserve(5, 60_000)).filter((slot) => slot <= Date.now());
    expect(ready).toHaveLength(3);
  });

  test('no more are given than can start in time', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 1 });
    const slots = slotsOf(await pace.reserve(1000, 2000));
    expect(slots.length).toBeGreaterThan(15);
    for (const slot of slots) expect(slot).toBeLessThanOrEqual(start + 2000);
  });

  test('a batch takes what is left rather than nothing, but not for a handful', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 2 });
    await pace.reserve(40, 5000);
    expect(await pace.reserve(20, 5000)).toMatchObject({ kind: 'wait' });
    expect(await pace.reserve(5, 5000)).toMatchObject({ kind: 'go', slots: 5 });
    later(1000);
    expect(await pace.reserve(20, 5000)).toMatchObject({ kind: 'go', slots: 13 });
  });

  test('when all are taken each is told a time of its own, at which there is room', async () => {
    // Prepare
    const pace = newLane({ requestsPerSecond: 10, burst: 2 });
    await pace.reserve(19, 2000);

    // Act
    const untils: number[] = [];
    for (const _ of [1, 2, 3, 4]) {
      const told = await pace.reserve(20, 2000);
      if (told.kind === 'wait') untils.push(told.until - start);
    }

    // Assess: half of the two seconds before the slots end that are taken, then 20 calls apart.
    expect(untils.map(Math.round)).toEqual([957, 3017, 5077, 7137]);
    for (const until of untils) {
      vi.setSystemTime(start + until + 100);
      expect(await pace.reserve(20, 2000)).toMatchObject({ kind: 'go' });
    }
  });

  test('a line that is very long has no more places, and is asked about again', async () => {
    const pace = newLane({ requestsPerSecond: 1, burst: 2 });
    const untils: number[] = [];
    for (let nth = 0; nth < 30; nth += 1) {
      const told = await pace.reserve(100, 100_000);
      if (told.kind === 'wait') untils.push(told.until - start);
    }
    expect(untils.length).toBeGreaterThan(25);
    expect(Math.max(...untils)).toBeLessThan(1_100_000);
  });

  test.each([-5000, 0, 10])('one may be had even with %i ms left', async (withinMs) => {
    const pace = newLane({ requestsPerSecond: 1, burst: 1 });
    expect(slotsOf(await pace.reserve(10, withinMs))).toHaveLength(1);
  });

  test('a lane without a rate reserves nothing and writes nothing', async () => {
    const pace = newLane(undefined);
    expect(await pace.reserve(500, 60_000)).toMatchObject({
      kind: 'go',
      first: start,
      interval: 0,
      slots: 500,
    });
    expect(await pace.read()).toEqual({});
  });
});

describe('workers that reserve at once', () => {
  const rates = fc.record({
    requestsPerSecond: fc.constantFrom(0.5, 1, 3, 8, 50),
    burst: fc.integer({ min: 1, max: 20 }),
  });
  /** Rounds of requests made at one moment, and the time until the next round. */
  const rounds = fc.array(
    fc.record({
      wanted: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }),
      pauseMs: fc.integer({ min: 0, max: 5000 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('never get the same slot, nor more than the rate and the burst allow in any stretch', async () => {
    await fc.assert(
      fc.asyncProperty(rates, rounds, async (rate, requests) => {
        // Prepare
        const pace = newLane(rate);
        const starts: number[] = [];

        // Act
        for (const { wanted, pauseMs } of requests) {
          const now = Date.now();
          const given = await Promise.all(wanted.map((count) => pace.reserve(count, 30_000)));
          // A slot that lies in the past is taken now.
          starts.push(...given.flatMap(slotsOf).map((slot) => Math.max(slot, now)));
          later(pauseMs);
        }

        // Assess: GCRA's promise, to a millisecond of rounding.
        const interval = 1000 / rate.requestsPerSecond;
        const sorted = starts.toSorted((a, b) => a - b);
        for (const [from, first] of sorted.entries()) {
          for (const [to, last] of sorted.entries()) {
            if (to < from) continue;
            const allowed = (last - first + 1) / interval + rate.burst;
            expect(to - from + 1).toBeLessThanOrEqual(Math.floor(allowed));
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('all get some while there are enough for all', async () => {
    const pace = newLane({ requestsPerSecond: 100, burst: 10 });
    const given = await Promise.all(Array.from({ length: 8 }, () => pace.reserve(100, 85_000)));
    const slots = given.flatMap(slotsOf);
    expect(slots).toHaveLength(800);
    expect(new Set(slots).size).toBe(800);
  });
});

describe('a pause', () => {
  test.each([undefined, { requestsPerSecond: 10, burst: 3 }])(
    'stops every worker until it ends (rate %j)',
    async (rate) => {
      const pace = newLane(rate);
      await pace.pause(start + 60_000, 'throttled', 'http 429');
      const held = await pace.reserve(1, 30_000);
      expect(held).toMatchObject({
        kind: 'wait',
        until: start + 60_000,
        state: { pauseReason: 'throttled', lastError: 'http 429' },
      });
      later(60_000);
      expect(await pace.reserve(1, 30_000)).toMatchObject({ kind: 'go' });
    },
  );

  test('is lengthened by a longer one and never shortened', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 60_000, 'throttled', 'http 429');
    await pace.pause(start + 10_000, 'unavailable', 'http 503');
    expect(await pace.read()).toMatchObject({
      pausedUntil: start + 60_000,
      pauseReason: 'throttled',
    });
    await pace.pause(start + 90_000, 'misconfigured', 'http 401');
    expect(await pace.read()).toMatchObject({
      pausedUntil: start + 90_000,
      pauseReason: 'misconfigured',
      lastError: 'http 401',
    });
  });

  test('by workers that fail together counts as one; each later one as one more', async () => {
    const pace = newLane(undefined);
    await Promise.all(
      [1, 2, 3].map((n) => pace.pause(start + n * 1000, 'unavailable', 'http 503')),
    );
    expect(await pace.read()).toMatchObject({ pauses: 1, pausedUntil: start + 3000 });
    later(3001);
    await pace.pause(start + 9000, 'unavailable', 'http 503');
    expect(await pace.read()).toMatchObject({ pauses: 2 });
  });

  test('voids the slots that were reserved before it, which a new round tells', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 1 });
    const before = await pace.reserve(10, 60_000);
    await pace.pause(start + 500, 'throttled', 'http 429');
    later(500);
    expect(slotsOf(await pace.reserve(1, 60_000))).toEqual([start + 500]);
    expect((await pace.read()).round).not.toBe(before.state.round);
  });

  test('is seen by a worker that knows of none, though it has a rate and only writes', async () => {
    const rate = { requestsPerSecond: 10, burst: 1 };
    const [one, other] = workersOf(rate, 2);
    if (one === undefined || other === undefined) throw new Error('two were made');
    await one.reserve(1, 60_000);
    await other.pause(start + 60_000, 'throttled', 'http 429');
    expect(await one.reserve(1, 60_000)).toMatchObject({ kind: 'wait', until: start + 60_000 });
  });
});

describe('resume', () => {
  test('forgets a pause that is over and how many there were, and keeps when, and the last error', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 1000, 'unavailable', 'http 503');
    later(1000);
    await pace.resume();
    const state = await pace.read();
    expect(state).toMatchObject({ lastError: 'http 503', resumedAt: start + 1000 });
    expect(state).not.toHaveProperty('pauses');
    expect(state).not.toHaveProperty('pausedUntil');
  });

  test('leaves a pause that another worker has just begun', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 1000, 'unavailable', 'http 503');
    await pace.resume();
    expect(await pace.read()).toMatchObject({ pausedUntil: start + 1000, pauses: 1 });
  });

  test('of a lane that never paused writes nothing', async () => {
    const pace = newLane(undefined);
    await pace.resume();
    expect(await pace.read()).toEqual({});
  });
});

test('lanes do not share a pace', async () => {
  const [one, other] = [newLane(undefined), newLane(undefined)];
  await one.pause(start + 1000, 'throttled', 'http 429');
  expect(await other.reserve(1, 1000)).toMatchObject({ kind: 'go' });
});
