import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lanesOn, later, slotsOf } from '../../test/support/lane-pace.ts';
import { startTable } from '../../test/support/table.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const start = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: start }));
afterEach(() => void vi.useRealTimers());

const { newLane, workersOf } = lanesOn(table);

describe('the probe of a lane whose pause is over', () => {
  const rates = [undefined, { requestsPerSecond: 10, burst: 3 }];

  test.each(rates)('is for one of eight workers that ask at once (rate %j)', async (rate) => {
    // Prepare
    const [first, ...workers] = workersOf(rate, 9);
    await first?.pause(start + 1000, 'unavailable', 'http 503');
    later(1000);

    // Act
    const given = await Promise.all(workers.map((pace) => pace.reserve(25, 60_000)));

    // Assess
    expect(given.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
    expect(given.filter(({ kind }) => kind === 'wait')).toHaveLength(7);
  });

  test('is none after a 429, which told itself when to come back', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 1000, 'throttled', 'http 429');
    later(1000);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'go' });
  });

  test('opens the lane by its success', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 1 });
    await pace.pause(start + 1000, 'unavailable', 'http 503');
    later(1000);
    const { state } = await pace.reserve(1, 60_000);
    await pace.resume(state);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'go' });
  });

  test('shuts it for longer by its failure', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 1000, 'unavailable', 'http 503');
    later(1000);
    await pace.reserve(1, 60_000);
    await pace.pause(start + 9000, 'unavailable', 'http 503');
    expect(await pace.read()).toMatchObject({ pauses: 2, pausedUntil: start + 9000 });
    later(8000);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'probe' });
  });

  test('is another’s when its worker has died', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 1000, 'misconfigured', 'http 401');
    later(1000);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'probe' });
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'wait' });
    later(60_000);
    expect(await pace.reserve(1, 60_000)).toMatchObject({ kind: 'probe' });
  });

  test('may be had early for a new secret, by one, and ends the pause by its success', async () => {
    const pace = newLane({ requestsPerSecond: 10, burst: 1 });
    await pace.pause(start + 600_000, 'misconfigured', 'http 401', { refusedSecret: 'v1' });
    const held = await pace.reserve(1, 60_000);
    expect(held).toMatchObject({ kind: 'wait', state: { refusedSecret: 'v1' } });
    expect(await pace.claim(held.state)).toMatchObject({ kind: 'probe' });
    expect(await pace.claim(held.state)).toMatchObject({ kind: 'wait' });
    await pace.resume(held.state);
    expect(slotsOf(await pace.reserve(1, 60_000))).toEqual([start]);
    expect(await pace.read()).not.toHaveProperty('refusedSecret');
  });

  test('that refuses the new secret too is noted without shortening the pause', async () => {
    const pace = newLane(undefined);
    await pace.pause(start + 600_000, 'misconfigured', 'http 401', { refusedSecret: 'v1' });
    await pace.claim(await pace.read());
    await pace.pause(start + 10_000, 'misconfigured', 'http 401', { refusedSecret: 'v2' });
    expect(await pace.read()).toMatchObject({
      refusedSecret: 'v2',
      pausedUntil: start + 600_000,
    });
  });
});
