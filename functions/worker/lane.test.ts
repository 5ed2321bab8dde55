import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import type { PaceState } from '../../shared/pace/state.ts';
import { collectLog, type Line } from '../../test/support/log.ts';
import { startTable } from '../../test/support/table.ts';
import type { Stop } from './gate.ts';
import { type LaneWatch, type Memory, type Tried, watchLane } from './lane.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const start = 1_800_000_000_000;
const entry = { retry: { maxAttempts: 8, baseSeconds: 10, maxSeconds: 900 }, maxConcurrency: 5 };
const detail = 'http 503';
const unavailable: Verdict = { kind: 'unavailable', detail };
const revoked: Verdict = { kind: 'revoked' };
const refused: Verdict = { kind: 'misconfigured', detail: 'http 401', credentials: true };

/** A job that was never tried. */
const fresh: Tried = { attempts: 0, at: start / 1000 };
const again: Tried = { attempts: 1, reason: 'exhausted', at: start / 1000 };
/** A job whose credentials were refused at its last try. */
const refusedBefore: Tried = { attempts: 1, reason: 'misconfigured', at: start / 1000 };

let lanes = 0;
let pace: Pace;
let lines: Line[];
let memory: Memory;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  lanes += 1;
  pace = createPace(table, `lane-${lanes}`, undefined);
  memory = { provenAt: 0 };
});
afterEach(() => void vi.useRealTimers());

interface Batch extends LaneWatch {
  readonly stopped: () => Stop | undefined;
}

/** A batch that begins now. */
async function watch({
  probing = false,
  on = pace,
  stop,
}: {
  probing?: boolean;
  on?: Pace;
  stop?: Stop;
} = {}): Promise<Batch> {
  const collected = collectLog();
  lines = collected.lines;
  const state: PaceState = await pace.read();
  let isProbing = probing;
  const gate = {
    stop: (wish: Stop) => {
      stop = wish;
    },
    stopped: () => stop,
    isProbing: () => isProbing,
    prove: async () => {
      isProbing = false;
      await on.resume(state);
    },
    state: () => state,
    rate: () => 4,
  };
  const secretVersion = async () => 'v1';
  const lane = watchLane({ pace: on, gate, entry, memory, log: collected.log, secretVersion });
  return { ...lane, stopped: gate.stopped };
}

/** Seconds from now until the lane opens, for everybody. */
async function paused(): Promise<number> {
  return (((await pace.read()).pausedUntil ?? start) - Date.now()) / 1000;
}

describe('a 429', () => {
  test('stops this batch and every other worker, for as long as its job waits', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'throttled', detail: 'http 429', retryAfterSeconds: 60 }, fresh, 63);
    expect(lane.stopped()).toEqual({ until: start + 63_000, reason: 'throttled' });
    expect(await paused()).toBe(63);
    expect(lines).toEqual([
      { name: 'lane.paused', reason: 'throttled', detail: 'http 429', seconds: 63 },
    ]);
  });

  test('that asks for days stops the lane for an hour: another job will ask whether it was meant', async () => {
    const lane = await watch();
    const asked: Verdict = { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 40_000 };
    await lane.observe(asked, fresh, 40_000);
    expect(await paused()).toBe(3600);
  });

  test('that names no time stops it for a moment, and cuts its rate', async () => {
    const lane = await watch();
    await lane.observe({ kind: 'throttled', detail: 'http 429' }, fresh);
    expect(await paused()).toBeGreaterThanOrEqual(1);
    expect(await paused()).toBeLessThanOrEqual(2);
    // Half of what this worker and four like it have made.
    expect((await pace.read()).learnedRate).toBe(10);
  });

  test('stops the lane though this batch has stopped already, for longer, since the lane is full', async () => {
    const lane = await watch({ stop: { until: start + 90_000, reason: undefined } });
    await lane.observe({ kind: 'throttled', detail: 'http 429', retryAfterSeconds: 60 }, fresh, 63);
    expect(lane.stopped()).toMatchObject({ reason: 'throttled' });
    expect(await paused()).toBe(63);
    expect(lines).toMatchObject([{ name: 'lane.paused', seconds: 63 }]);
  });

  test('within a longer pause of this batch’s is told, which shortens none', async () => {
    const stop: Stop = { until: start + 90_000, reason: 'unavailable' };
    const asked: Verdict = { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 60 };
    const untold = await watch({ stop });
    await untold.observe(asked, fresh, 63);
    expect(untold.stopped()).toBe(stop);
    expect(await paused()).toBe(63);
    await pace.pause(stop.until, 'unavailable', 'http 503');
    await (await watch({ stop })).observe(asked, fresh, 63);
    expect(await paused()).toBe(90);
    expect(lines).toEqual([]);
  });

  test('is held against no job', async () => {
    const lane = await watch();
    expect(lane.counts({ kind: 'throttled', detail }, again)).toBe(false);
    expect(lane.counts(unavailable, again)).toBe(true);
  });

  test('is held against a job that has met many more than it has tries', async () => {
    const lane = await watch();
    const spared = { ...again, triesBefore: 2 * entry.retry.maxAttempts };
    expect(lane.counts({ kind: 'throttled', detail }, spared)).toBe(true);
  });
});

describe('refused credentials', () => {
  test('stop the lane, and leave word which secret it was', async () => {
    const lane = await watch();
    await lane.observe(refused, fresh);
    expect(lane.stopped()?.reason).toBe('misconfigured');
    expect(await paused()).toBeGreaterThanOrEqual(5);
    expect(await pace.read()).toMatchObject({ refusedSecret: 'v1' });
    expect(lines).toMatchObject([{ name: 'lane.misconfigured', detail: 'http 401' }]);
  });

  test('are held against no job while nobody has had a success', async () => {
    const lane = await watch();
    for (const before of [fresh, again, refusedBefore]) {
      expect(lane.counts(refused, before)).toBe(false);
    }
  });

  test('of an endpoint that is none are held against the job: nothing else may ever tell', async () => {
    const lane = await watch();
    expect(lane.counts({ ...refused, credentials: false }, fresh)).toBe(true);
  });

  test.each<[string, () => unknown]>([
    ['this worker has had a success', () => Object.assign(memory, { provenAt: start + 2000 })],
    [
      'somebody’s success has ended a pause',
      async () => {
        await pace.pause(start + 1000, 'misconfigured', 'http 401');
        vi.setSystemTime(start + 2000);
        await pace.resume();
      },
    ],
  ])('again, when %s since, are the job’s own fault and stop nobody', async (_, happens) => {
    await happens();
    const lane = await watch();
    expect(lane.counts(refused, refusedBefore)).toBe(true);
    await lane.observe(refused, refusedBefore, 10);
    expect(lane.stopped()).toBeUndefined();
  });

  test('between successes stop nobody, but three in a row do', async () => {
    const lane = await watch();
    await lane.observe(revoked, fresh);
    await lane.observe(refused, fresh);
    await lane.observe(refused, fresh);
    await lane.observe(revoked, fresh);
    await lane.observe(refused, fresh);
    await lane.observe(refused, fresh);
    expect(lane.stopped()).toBeUndefined();
    await lane.observe(refused, fresh);
    expect(lane.stopped()?.reason).toBe('misconfigured');
  });
});

describe('an outage', () => {
  test('is five failures in a row, not four', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 4; nth += 1) await lane.observe(unavailable, fresh, 10);
    expect(lane.stopped()).toBeUndefined();
    expect(await paused()).toBe(0);
    await lane.observe(unavailable, fresh, 10);
    expect(lane.stopped()?.reason).toBe('unavailable');
    expect(await paused()).toBeGreaterThanOrEqual(5);
  });

  test('is not some jobs of slices that came back, which only have such jobs left', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 19; nth += 1) await lane.observe(unavailable, again, 10);
    expect(lane.stopped()).toBeUndefined();
    await lane.observe(unavailable, again, 10);
    expect(lane.stopped()).toBeDefined();
  });

  test('is one failure of a probe', async () => {
    const lane = await watch({ probing: true });
    await lane.observe(unavailable, again, 10);
    expect(lane.stopped()?.reason).toBe('unavailable');
  });

  test.each<Verdict>([
    revoked,
    { kind: 'already_invalid' },
    { kind: 'unsupported', detail: 'x' },
    { kind: 'refused', detail: 'x' },
  ])('is none while the provider answers between them: %j', async (answer) => {
    const lane = await watch();
    for (let nth = 1; nth <= 20; nth += 1) {
      await lane.observe(nth % 5 === 0 ? answer : unavailable, fresh, 10);
    }
    expect(lane.stopped()).toBeUndefined();
  });

  test('is not ended by an answer that says nothing', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 5; nth += 1) {
      await lane.observe({ kind: 'ambiguous', detail: 'http 200' }, fresh, 10);
      await lane.observe(unavailable, fresh, 10);
    }
    expect(lane.stopped()).toBeDefined();
  });

  test('lasts as long as the provider’s Retry-After', async () => {
    const lane = await watch();
    for (let nth = 1; nth <= 5; nth += 1) {
      await lane.observe({ ...unavailable, retryAfterSeconds: 3600 }, fresh, 3700);
    }
    expect(await paused()).toBe(3600);
  });

  test('lasts longer each time that no success came between, up to the longest wait', async () => {
    let before = 0;
    for (let pauses = 1; pauses <= 10; pauses += 1) {
      const lane = await watch({ probing: pauses > 1 });
      for (let nth = 1; nth <= 5; nth += 1) await lane.observe(unavailable, fresh, 10);
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
    ['refused credentials', [refused], false],
    ['refused credentials of one among successes', [revoked, refused, revoked], true],
  ])('%s tells', async (_, verdicts, configured) => {
    const lane = await watch();
    for (const verdict of verdicts) await lane.observe(verdict, fresh, 10);
    expect(lane.configured()).toBe(configured);
  });
});

describe('a success', () => {
  test('of a probe opens the lane at once', async () => {
    await pace.pause(start + 1000, 'unavailable', detail);
    vi.setSystemTime(start + 2000);
    const lane = await watch({ probing: true });
    await lane.observe(revoked, fresh);
    expect(await pace.read()).toMatchObject({ resumedAt: start + 2000 });
    expect(lines).toEqual([{ name: 'lane.resumed' }]);
    expect(memory.provenAt).toBe(start + 2000);
  });

  test('after a 429 ends the growth of its pauses when the batch closes', async () => {
    await pace.pause(start + 1000, 'throttled', detail);
    vi.setSystemTime(start + 2000);
    const lane = await watch();
    await lane.observe(revoked, fresh);
    expect(await pace.read()).toHaveProperty('pauses');
    await lane.close();
    expect(await pace.read()).not.toHaveProperty('pauses');
  });

  test.each<[string, readonly Verdict[]]>([
    ['without one', [unavailable]],
    ['after one that another 429 followed', [revoked, { kind: 'throttled', detail }]],
  ])('%s a pause is left', async (_, verdicts) => {
    await pace.pause(start + 1000, 'throttled', detail);
    vi.setSystemTime(start + 2000);
    const lane = await watch();
    for (const verdict of verdicts) await lane.observe(verdict, fresh, 10);
    await lane.close();
    expect(await pace.read()).toHaveProperty('pauses');
  });

  test('of a lane that was never paused writes nothing', async () => {
    const lane = await watch();
    await lane.observe(revoked, fresh);
    await lane.close();
    expect(lines).toEqual([]);
  });
});

test('a state that cannot be written down stops this batch all the same', async () => {
  const fail = async () => {
    throw new Error('DynamoDB is away');
  };
  const lane = await watch({ on: { ...pace, pause: fail, resume: fail } });
  await lane.observe({ kind: 'throttled', detail, retryAfterSeconds: 60 }, fresh, 60);
  expect(lane.stopped()?.until).toBe(start + 60_000);
  expect(lines).toContainEqual(expect.objectContaining({ name: 'lane.untold' }));
});
