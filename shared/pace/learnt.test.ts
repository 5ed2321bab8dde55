import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lanesOn, later, slotsOf } from '../../test/support/lane-pace.ts';
import { startTable } from '../../test/support/table.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const start = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: start }));
afterEach(() => void vi.useRealTimers());

const { newLane } = lanesOn(table);

describe('a rate learnt from 429s', () => {
  const throttle = async (pace: ReturnType<typeof newLane>, measuredRate: number) => {
    await pace.pause(Date.now() + 1000, 'throttled', 'http 429', { measuredRate });
    later(1000);
  };

  test('spaces the calls of a lane without a configured one, at half of what was made', async () => {
    const pace = newLane(undefined);
    await throttle(pace, 40);
    const slots = slotsOf(await pace.reserve(3, 60_000)).map((slot) => slot - Date.now());
    expect(slots).toEqual([0, 50, 100]);
  });

  test('is cut once for all workers that meet a 429 together, then by less', async () => {
    const pace = newLane(undefined);
    await Promise.all(
      [1, 2, 3].map(() => pace.pause(start + 500, 'throttled', 'x', { measuredRate: 40 })),
    );
    later(1000);
    expect((await pace.read()).learnedRate).toBe(20);
    await throttle(pace, 40);
    expect((await pace.read()).learnedRate).toBeCloseTo(14, 0);
  });

  test('is never next to nothing: some providers answer 429 whatever the pace', async () => {
    const pace = newLane(undefined);
    for (let times = 0; times < 20; times += 1) await throttle(pace, 3);
    expect((await pace.read()).learnedRate).toBe(2);
    const slow = newLane({ requestsPerSecond: 1, burst: 1 });
    for (let times = 0; times < 20; times += 1) await throttle(slow, 3);
    expect((await slow.read()).learnedRate).toBe(0.25);
  });

  test('grows to the double in half a minute and is forgotten after ten', async () => {
    const pace = newLane(undefined);
    await throttle(pace, 40);
    later(30_000);
    expect(await pace.reserve(2, 60_000)).toMatchObject({ kind: 'go', interval: 25 });
    later(600_000);
    expect(await pace.reserve(500, 60_000)).toMatchObject({ kind: 'go', interval: 0 });
  });

  test('gives slots a few seconds ahead only, so that they do not hold it down', async () => {
    const pace = newLane(undefined);
    await throttle(pace, 20);
    expect(await pace.reserve(500, 60_000)).toMatchObject({ kind: 'go', slots: 50 });
  });

  test('slows a configured one down a little, and more when that was not enough', async () => {
    const pace = newLane({ requestsPerSecond: 100, burst: 10 });
    await throttle(pace, 40);
    expect(await pace.read()).toMatchObject({ learnedRate: 90 });
    await throttle(pace, 40);
    expect((await pace.read()).learnedRate).toBeCloseTo(63, 0);
    later(15_000);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'go', interval: 10.3 });
  });
});
