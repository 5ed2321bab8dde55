import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Said } from '../../test/support/provider.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

/** A token names what the provider says to it: `refused-1`. */
const asNamed = ({ token }: { token: string }) => (token.split('-')[0] ?? 'revoked') as Said;

const retry = { maxAttempts: 3, baseSeconds: 10, maxSeconds: 900 };

let worker: TestWorker;
beforeEach(async () => {
  worker = await startWorker(asNamed, { retry });
});
afterEach(async () => {
  vi.useRealTimers();
  await worker[Symbol.asyncDispose]();
});

const minute = 60_000;

describe('a lane that stands still', () => {
  test('puts slices off until it opens, without a call or an attempt', async () => {
    const message = await worker.aSlice('revoked-1');
    await worker.pace.pause(Date.now() + minute, 'misconfigured', 'http 401');
    const { kept, waits } = await worker.work([message]);
    expect(kept).toEqual([true]);
    // Sooner than the pause ends: the secret may have been mended by then.
    expect(waits[0]).toBeGreaterThanOrEqual(30);
    expect(waits[0]).toBeLessThanOrEqual(35);
    expect(worker.calls).toHaveLength(0);
    // Should the message be given up on now, this is why.
    expect(await worker.recordsOf(message)).toMatchObject([
      { attempts: 0, reason: 'misconfigured' },
    ]);
  });

  test('is made by a 429: no further call starts, and only who was told counts it', async () => {
    worker.script.revoke = () => ({
      status: 429,
      headers: { 'retry-after': '120' },
      body: 'throttled',
    });
    const message = await worker.aSlice(...Array.from({ length: 20 }, (_, n) => `token-${n}`));
    const { waits } = await worker.work([message]);
    expect(worker.calls.length).toBeLessThanOrEqual(5);
    expect(waits[0]).toBeGreaterThanOrEqual(120);
    const attempts = (await worker.recordsOf(message)).map((record) => record.attempts);
    expect(attempts.reduce((sum, count) => sum + count, 0)).toBe(worker.calls.length);
    expect(await worker.pace.reserve(1, minute)).toMatchObject({ kind: 'wait' });
  });

  test.each(['throttled', 'bad credentials'] as const)(
    'is made by what no job is parked for, however often it meets it: %s',
    async (said) => {
      worker.script.revoke = () => said;
      const message = await worker.aSlice('token-1');
      const deps = { pace: { ...worker.pace, reserve: free } };
      for (const receives of [1, 2, 3, 4, 5]) await worker.work([message], { receives, deps });
      expect(await worker.recordsOf(message)).toMatchObject([
        { outcome: undefined, attempts: 5, triesBefore: 5 },
      ]);
      expect(await worker.pace.reserve(1, minute)).toMatchObject({ kind: 'wait' });
    },
  );

  test('is made by refused credentials, and opens for the corrected ones', async () => {
    // Prepare
    vi.useFakeTimers({ toFake: ['Date'] });
    worker.script.revoke = ({ key }) => (key === 'right' ? 'revoked' : 'bad credentials');
    const message = await worker.aSlice('token-1');
    const first = await worker.work([message]);
    expect(worker.lines).toContainEqual(expect.objectContaining({ name: 'lane.misconfigured' }));

    // Act
    worker.secrets.held.set('rescind/providers/test', '{"key":"right"}');
    vi.setSystemTime(Date.now() + minute);
    const second = await worker.work([message], { receives: 2 });

    // Assess
    expect([...first.kept, ...second.kept]).toEqual([true, false]);
    expect(await worker.recordsOf(message)).toMatchObject([{ outcome: 'revoked', attempts: 2 }]);
    expect(worker.lines).toContainEqual({ name: 'lane.resumed' });
  });

  test('once, is no reason to note for a slice that only finds no slot now', async () => {
    // Prepare: the pause is over, and all slots are taken.
    await using paced = await startWorker(asNamed, {
      retry,
      rate: { requestsPerSecond: 1, burst: 2 },
    });
    await paced.pace.pause(Date.now() - 1, 'misconfigured', 'http 401');
    await paced.pace.reserve(500, 10 * minute);

    // Act
    const message = await paced.aSlice('revoked-1');
    const { kept, waits } = await paced.work([message]);

    // Assess
    expect(kept).toEqual([true]);
    expect(waits[0]).toBeGreaterThan(0);
    expect((await paced.recordsOf(message))[0]?.reason).toBeUndefined();
  });

  test('because its pace cannot be read keeps every slice for a while', async () => {
    const message = await worker.aSlice('revoked-1');
    const reserve = async () => {
      throw new Error('DynamoDB is away');
    };
    const { kept, waits } = await worker.work([message], {
      deps: { pace: { ...worker.pace, reserve } },
    });
    expect(kept).toEqual([true]);
    expect(waits[0]).toBeGreaterThanOrEqual(5);
    expect(worker.calls).toHaveLength(0);
    expect(worker.lines).toContainEqual(expect.objectContaining({ name: 'pace.failed' }));
  });
});

/** A reservation as of a lane that nobody has paused. */
const free = async (wanted: number) => ({
  kind: 'go' as const,
  at: 0,
  first: 0,
  interval: 0,
  gap: 0,
  slots: wanted,
  state: {},
});
