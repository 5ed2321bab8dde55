import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createRateGate } from '../../local/sandbox/rate-gate.ts';
import { triesOf } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { createPace } from '../../shared/pace/pace.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

const rate = { requestsPerSecond: 100, burst: 10 };
const retry = { maxAttempts: 3, baseSeconds: 10, maxSeconds: 900 };

let worker: TestWorker;
beforeEach(async () => {
  worker = await startWorker(undefined, { rate, maxConcurrency: 8, retry });
});
afterEach(async () => {
  vi.useRealTimers();
  await worker[Symbol.asyncDispose]();
});

/** Slices of ten tokens each. */
const slicesOf = (count: number): Promise<SliceMessage[]> =>
  Promise.all(
    Array.from({ length: count }, (_, slice) =>
      worker.aSlice(...Array.from({ length: 10 }, (_, job) => `token-${slice}-${job}`)),
    ),
  );

/** Eight workers, each with the lane's pace as it sees it, take the slices one by one. */
async function eightWork(messages: readonly SliceMessage[]): Promise<void> {
  const queue = messages.values();
  const run = async () => {
    const pace = createPace(worker.table.table, 'test', rate);
    for (const message of queue) {
      for (let receives = 1, kept = true; kept && receives < 20; receives += 1) {
        const result = await worker.work([message], { receives, deps: { pace } });
        kept = result.kept[0] ?? false;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, run));
}

const isDead = async (message: SliceMessage) =>
  (await worker.recordsOf(message)).every(({ outcome }) => outcome === 'revoked');

describe('eight workers', () => {
  test('together keep to the rate that their provider enforces', async () => {
    // Prepare
    const wait = createRateGate(rate.requestsPerSecond, rate.burst);
    let refused = 0;
    worker.script.revoke = () => {
      if (wait() <= 0) return 'revoked';
      refused += 1;
      return 'throttled';
    };
    const messages = await slicesOf(24);

    // Act
    await eightWork(messages);

    // Assess: bench/pace.ts measures it; here the machine may be busy.
    expect(worker.calls.length).toBeGreaterThanOrEqual(240);
    expect(refused / worker.calls.length).toBeLessThan(0.1);
    for (const message of messages) expect(await isDead(message)).toBe(true);
  });
});

describe('every call takes a slot', () => {
  test.each([
    ['of a provider that verifies', true],
    ['of one that does not', false],
  ])('%s', async (_, verify) => {
    await using paced = await startWorker(() => (verify ? 'revoked' : 'ambiguous'), {
      rate: { requestsPerSecond: 200, burst: 2 },
      lookUp: () => 'dead',
      verify,
    });
    const message = await paced.aSlice('a', 'b', 'c', 'd', 'e');
    const began = Date.now();
    await paced.work([message]);
    // Ten calls, five of them look-ups, the first of which starts at once.
    expect(paced.calls).toHaveLength(10);
    const { nextSlot = 0 } = await paced.pace.read();
    expect(nextSlot - began).toBeGreaterThanOrEqual(10 * 5);
  });
});

describe('refused credentials', () => {
  test('burn no job, and the lane goes on as soon as there is another secret', async () => {
    // Prepare
    vi.useFakeTimers({ toFake: ['Date'] });
    worker.script.revoke = ({ key }) => (key === 'right' ? 'revoked' : 'bad credentials');
    const [first, second] = [await worker.aSlice('a', 'b', 'c'), await worker.aSlice('d')];
    await worker.work([first]);
    const { pausedUntil = 0 } = await worker.pace.read();
    expect(pausedUntil).toBeGreaterThan(Date.now());
    expect((await worker.work([second])).kept).toEqual([true]);
    expect((await worker.recordsOf(first)).map(triesOf)).toEqual([0, 0, 0]);

    // Act: a minute is over after which the secret is read again, the pause is not.
    await worker.pace.pause(Date.now() + 600_000, 'misconfigured', 'http 401');
    worker.secrets.held.set('rescind/providers/test', '{"key":"right"}');
    vi.setSystemTime(Date.now() + 61_000);
    const calls = worker.calls.length;
    const { kept } = await worker.work([first, second], { receives: 2 });

    // Assess
    expect(kept).toEqual([false, false]);
    expect(worker.calls.slice(calls).every(({ key }) => key === 'right')).toBe(true);
    expect(worker.lines).toContainEqual({ name: 'lane.resumed' });
    expect(await worker.pace.read()).not.toHaveProperty('pausedUntil');
  });

  test('of one job, while others succeed, park it after its tries and let the lane go on', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    worker.script.revoke = ({ token }) => (token === 'odd' ? 'bad credentials' : 'revoked');
    const odd = await worker.aSlice('odd');
    let outcome: string | undefined;
    let deliveries = 0;
    while (outcome === undefined && deliveries < 20) {
      deliveries += 1;
      await worker.work([await worker.aSlice(`good-${deliveries}`)]);
      vi.setSystemTime(Date.now() + 1_000_000);
      await worker.work([odd], { receives: deliveries });
      vi.setSystemTime(Date.now() + 1_000_000);
      outcome = (await worker.recordsOf(odd))[0]?.outcome;
    }
    expect(await worker.recordsOf(odd)).toMatchObject([
      { outcome: 'parked', reason: 'misconfigured' },
    ]);
    expect(deliveries).toBeLessThan(8);
  });
});
