import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import { collectLog, type Line } from '../../test/support/log.ts';
import { startTable } from '../../test/support/table.ts';
import { type LaneWatch, watchLane } from './lane.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const start = 1_800_000_000_000;
const retry = { maxAttempts: 8, baseSeconds: 10, maxSeconds: 900 };
const detail = 'http 503';
const unavailable: Verdict = { kind: 'unavailable', detail };
const revoked: Verdict = { kind: 'revoked' };

let lanes = 0;
let pace: Pace;
let lines: Line[];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  lanes += 1;
  pace = createPace(table, `lane-${lanes}`, undefined);
});
afterEach(() => void vi.useRealTimers());

/** A batch that begins now. */
async function watch(): Promise<LaneWatch> {
  const collected = collectLog();
  lines = collected.lines;
  return watchLane(pace, await pace.read(), retry, collected.log);
}

/** Seconds from now until the lane opens, for everybody. */
async function paused(): Promise<number> {
  return (((await pace.read()).pausedUntil ?? start) - Date.now()) / 1000;
}

describe('a 429', () => {
  test('stops this batch and every other worker, for as long as its job waits', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'throttled', detail: 'http 429', retryAfterSeconds: 60 }, 63);
    expect(lane.stopped()).toBe(true);
    expect(lane.reason()).toBe('throttled');
    expect(lane.pausedUntil()).toBe(start + 63_000);
    expect(await paused()).toBe(63);
    expect(lines).toEqual([
      { name: 'lane.paused', reason: 'throttled', detail: 'http 429', seconds: 63 },
    ]);
  });

  test('of a job that is parked for it still stops the lane', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'throttled', detail: 'http 429', retryAfterSeconds: 60 });
    expect(await paused()).toBe(60);
  });

  test('that asks for days stops the lane for an hour: another job will ask whether it was meant', async () => {
    const lane = await watch();
    await lane.observe(
      { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 40_000 },
      40_000,
    );
    expect(await paused()).toBe(3600);
  });

  test('that names no time stops it for a first wait', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'throttled', detail: 'http 429' });
    expect(await paused()).toBeGreaterThanOrEqual(5);
    expect(await paused()).toBeLessThanOrEqual(10);
  });
});

describe('refused credentials', () => {
  test('stop the lane, whatever becomes of the job', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'misconfigured', detail: 'http 401', credentials: true });
    expect(lane.reason()).toBe('misconfigured');
    expect(await paused()).toBeGreaterThanOrEqual(5);
    expect(lines).toMatchObject([{ name: 'lane.misconfigured', detail: 'http 401' }]);
  });
});

describe('an outage', () => {
  test('is five failures in a row, not four', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 4; nth += 1) await lane.observe(unavailable, 10);
    expect(lane.stopped()).toBe(false);
    expect(await paused()).toBe(0);
    await lane.observe(unavailable, 10);
    expect(lane.reason()).toBe('unavailable');
    expect(await paused()).toBeGreaterThanOrEqual(5);
  });

  test('is not some jobs of slices that came back, which only have such jobs left', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 19; nth += 1) await lane.observe(unavailable, 10, false);
    expect(lane.stopped()).toBe(false);
    await lane.observe(unavailable, 10, false);
    expect(lane.stopped()).toBe(true);
  });

  test('is told by failures of jobs that are parked, too', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 5; nth += 1) await lane.observe(unavailable);
    expect(lane.stopped()).toBe(true);
  });

  test.each<Verdict>([
    revoked,
    { kind: 'already_invalid' },
    { kind: 'unsupported', detail: 'x' },
    { kind: 'refused', detail: 'x' },
  ])('is none while the provider answers between them: %j', async (answer) => {
    const lane = await watch();
    for (let nth = 1; nth <= 20; nth += 1) {
      await lane.observe(nth % 5 === 0 ? answer : unavailable, 10);
    }
    expect(lane.stopped()).toBe(false);
  });

  test('is not ended by an answer that says nothing', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 5; nth += 1) {
      await lane.observe({ kind: 'ambiguous', detail: 'http 200' }, 10);
      await lane.observe(unavailable, 10);
    }
    expect(lane.stopped()).toBe(true);
  });

  test('lasts as long as the provider’s Retry-After', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 5; nth += 1) {
      await lane.observe({ ...unavailable, retryAfterSeconds: 3600 }, 3700);
    }
    expect(await paused()).toBe(3600);
  });

  test('lasts longer each time that no success came between, up to the longest wait', async () => {
    let before = 0;
    for (let pauses = 1; pauses <= 10; pauses += 1) {
      const lane = await watch();
      for (let nth = 1; nth <= 5; nth += 1) await lane.observe(unavailable, 10);
      const ceiling = Math.min(900, 10 * 2 ** (pauses - 1));
      const seconds = await paused();
      expect(seconds).toBeGreaterThanOrEqual(ceiling / 2);
      expect(seconds).toBeLessThanOrEqual(ceiling);
      expect(seconds).toBeGreaterThanOrEqual(Math.min(before, 450));
      before = seconds;
      vi.setSystemTime(Date.now() + seconds * 1000 + 1);
    }
  });
});

describe('whether our configuration does', () => {
  test.each<[string, readonly Verdict[], boolean | undefined]>([
    ['nothing', [], undefined],
    ['a success', [unavailable, revoked], true],
    ['an outage', [unavailable], undefined],
    ['refused credentials', [{ kind: 'misconfigured', detail, credentials: true }], false],
    [
      'refused credentials behind a success and a longer pause',
      [
        revoked,
        { kind: 'throttled', detail, retryAfterSeconds: 3600 },
        { kind: 'misconfigured', detail, credentials: false },
      ],
      false,
    ],
  ])('%s tells', async (_, verdicts, configured) => {
    const lane = await watch();
    for (const verdict of verdicts) await lane.observe(verdict, 10);
    expect(lane.configured()).toBe(configured);
  });
});

describe('close', () => {
  test('after a success ends a pause that is over, and the growth of the next one', async () => {
    // Prepare
    await pace.pause(start + 1000, 'unavailable', detail);
    vi.setSystemTime(start + 2000);
    const lane = await watch();

    // Act
    await lane.observe(revoked);
    await lane.close();

    // Assess
    expect(await pace.read()).not.toHaveProperty('pauses');
    expect(lines).toEqual([{ name: 'lane.resumed' }]);
  });

  test.each<[string, readonly Verdict[]]>([
    ['no success', [unavailable]],
    ['a success before the lane was stopped again', [revoked, { kind: 'throttled', detail }]],
  ])('after %s leaves it', async (_, verdicts) => {
    await pace.pause(start + 1000, 'unavailable', detail);
    vi.setSystemTime(start + 2000);
    const lane = await watch();
    for (const verdict of verdicts) await lane.observe(verdict, 10);
    await lane.close();
    expect(await pace.read()).toHaveProperty('pauses');
  });

  test('of a lane that was never paused writes nothing', async () => {
    const lane = await watch();
    await lane.observe(revoked);
    await lane.close();
    expect(lines).toEqual([]);
  });
});

test('a state that cannot be written down stops this batch all the same', async () => {
  const collected = collectLog();
  const fail = async () => {
    throw new Error('DynamoDB is away');
  };
  const lane = watchLane({ ...pace, pause: fail, resume: fail }, {}, retry, collected.log);
  await lane.observe({ kind: 'throttled', detail, retryAfterSeconds: 60 }, 60);
  expect(lane.pausedUntil()).toBe(start + 60_000);
  expect(collected.lines).toContainEqual(expect.objectContaining({ name: 'lane.untold' }));
});
