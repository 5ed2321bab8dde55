import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Metrics } from '../../shared/metrics/metrics.ts';
import type { Said } from '../../test/support/provider.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

/** A token names what the provider says to it: `refused-1`. */
const asNamed = ({ token }: { token: string }) => (token.split('-')[0] ?? 'revoked') as Said;

const retry = { maxAttempts: 3, baseSeconds: 10, maxSeconds: 900 };
const minute = 60_000;

let worker: TestWorker;
beforeEach(async () => {
  worker = await startWorker(asNamed, { retry });
});
afterEach(() => worker[Symbol.asyncDispose]());

const sums = (name: Parameters<TestWorker['measured']['sums']>[0]) => worker.measured.sums(name);

describe('a batch measures', () => {
  test('outcomes, tries, retries and every call, when it is done', async () => {
    const message = await worker.aSlice('revoked-1', 'revoked-2', 'dead-3', 'lost-4', 'refused-5');
    await worker.work([message]);
    expect(sums('Outcomes')).toEqual({
      'test revoked': 2,
      'test already_invalid': 1,
      'test parked': 1,
    });
    expect(sums('Parked')).toEqual({ 'test refused': 1 });
    expect(sums('Tries')).toEqual({
      'test revoked': 2,
      'test already_invalid': 1,
      'test unavailable': 1,
      'test refused': 1,
    });
    expect(sums('Retries')).toEqual({ test: 1 });
    const latencies = worker.measured.measured.filter(({ name }) => name === 'ProviderLatency');
    expect(latencies).toHaveLength(worker.calls.length);
  });

  test('an outcome once, however often its slice is delivered', async () => {
    const message = await worker.aSlice('revoked-1', 'unavailable-2');
    for (const receives of [1, 2, 3, 4]) await worker.work([message], { receives });
    expect(sums('Outcomes')).toEqual({ 'test revoked': 1, 'test parked': 1 });
    expect(sums('Parked')).toEqual({ 'test exhausted': 1 });
    expect(sums('Retries')).toEqual({ test: 2 });
  });

  test('nothing that was not written down', async () => {
    const write = async () => {
      throw new Error('DynamoDB is away');
    };
    const { stores } = worker.deps;
    const failing = { ...stores, slices: { ...stores.slices, write } };
    await worker.work([await worker.aSlice('revoked-1')], { deps: { stores: failing } });
    expect(sums('Outcomes')).toEqual({});
    expect(sums('Tries')).toEqual({ 'test revoked': 1 });
  });

  test('how long the oldest that it puts back has been on the lane', async () => {
    const sentAt = Date.now() - 10 * minute;
    await worker.work([await worker.aSlice('revoked-1')], { sentAt });
    expect(sums('OldestAge')).toEqual({});
    await worker.work([await worker.aSlice('revoked-2'), await worker.aSlice('lost-3')], {
      sentAt,
    });
    expect(sums('OldestAge').test).toBeGreaterThanOrEqual(600);
    expect(sums('OldestAge').test).toBeLessThan(660);
  });

  test('the same of what it cannot read or must leave to a newer version', async () => {
    const newer = JSON.stringify({ ...(await worker.aSlice('revoked-1')), v: 99 });
    await worker.work([newer], { sentAt: Date.now() - 10 * minute });
    await worker.work(['not JSON'], { sentAt: Date.now() - 10 * minute });
    expect(sums('OldestAge').test).toBeGreaterThanOrEqual(1200);
  });

  test('no age where SQS does not tell when a message was sent', async () => {
    await worker.work([await worker.aSlice('lost-1')], { sentAt: 0 });
    expect(sums('OldestAge')).toEqual({ test: 0 });
  });

  test('in one flush, until it must go carefully: then what came before each try is out already', async () => {
    // Prepare: what has been flushed when each call is made.
    let flushes = 0;
    const { metrics } = worker.deps;
    const counting: Metrics = {
      ...metrics,
      flush: () => {
        flushes += 1;
        metrics.flush();
      },
    };
    const deps = { metrics: counting };
    await worker.work([await worker.aSlice('revoked-1', 'revoked-2')], { deps });
    const ordinary = flushes;
    const seen: (number | undefined)[] = [];
    worker.script.revoke = () => {
      seen.push(sums('Outcomes')['test revoked']);
      return 'revoked';
    };

    // Act
    const message = await worker.aSlice('revoked-3', 'revoked-4', 'revoked-5');
    await worker.work([message], { receives: 2, deps });

    // Assess
    expect(ordinary).toBe(1);
    expect(seen).toEqual([2, 3, 4]);
    expect(sums('Outcomes')).toEqual({ 'test revoked': 5 });
  });
});

describe('whether the lane is misconfigured', () => {
  const values = () =>
    worker.measured.measured
      .filter(({ name }) => name === 'Misconfigured')
      .map(({ value }) => value);

  test('is told by refused credentials, by finding the lane shut for them, and no more by a success', async () => {
    const message = await worker.aSlice('bad credentials-1');
    await worker.work([message]);
    await worker.work([message], { receives: 2 });
    await worker.work([await worker.aSlice('revoked-1')], {
      deps: { pace: { ...worker.pace, reserve: free } },
    });
    expect(values()).toEqual([1, 1, 0]);
  });

  test('is told by an envelope that no key opens, unless others of its batch were opened and done', async () => {
    const shut = { ...(await worker.aSlice('revoked-1')), slice: 7 };
    await worker.work([shut]);
    await worker.work([shut, await worker.aSlice('revoked-2')]);
    expect(values()).toEqual([1, 0]);
  });

  test.each<[string, Said]>([
    ['an outage', 'unavailable'],
    ['a 429', 'throttled'],
    ['an answer that says nothing', 'ambiguous'],
  ])('is not told by %s', async (_, said) => {
    await worker.work([await worker.aSlice(`${said}-1`)]);
    expect(values()).toEqual([]);
  });

  test('is not told by a lane that stands still for another reason', async () => {
    await worker.pace.pause(Date.now() + minute, 'throttled', 'http 429');
    await worker.work([await worker.aSlice('revoked-1')]);
    expect(values()).toEqual([]);
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
