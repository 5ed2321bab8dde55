import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { collectLog } from '../../test/support/log.ts';
import { collectMetrics } from '../../test/support/metrics.ts';
import { createProvider } from '../../test/support/provider.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { triedOnce } from '../../test/support/work.ts';
import type { Delivery } from './delivery.ts';
import { giveUp, hasOutlasted, leaveShut, parkOverdue, postpone } from './put-off.ts';

const start = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: start }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A delivery of one job for each record. */
async function deliveryOf(...records: Partial<JobRecord>[]): Promise<Delivery> {
  const message = await sliceOf(records.map((_, index) => `token-${index}`));
  return {
    messageId: 'message',
    receiptHandle: 'receipt',
    receives: 1,
    message,
    seen: undefined,
    jobs: new Map(),
    shut: undefined,
    overdue: false,
    sentAt: Date.now(),
    careful: false,
    waitSeconds: 0,
    records: new Map(records.map((record, index) => [index, { ...triedOnce, ...record }])),
  };
}

describe('postpone', () => {
  test.each([
    ['not at all when that is over', -1, 'throttled', 1, [0, 0]],
    ['until the lane opens, spread over a few seconds', 60, 'throttled', 1, [60, 65]],
    ['over no more than the wait itself', 2, 'unavailable', 1, [2, 4]],
    ['until there is room in a full lane, and no longer', 60, undefined, 7, [60, 60]],
    [
      'until somebody looks whether a refused secret has been changed',
      900,
      'misconfigured',
      1,
      [30, 35],
    ],
    ['the longer the more often that was in vain', 900, 'misconfigured', 5, [150, 155]],
    ['no longer than the pause', 20, 'misconfigured', 5, [20, 25]],
    [
      'long enough for SQS to deliver it until it is ten days old',
      2,
      'unavailable',
      200,
      [400, 405],
    ],
  ] as const)('%s', async (_, seconds, reason, receives, [least, most]) => {
    for (const [random, wait] of [
      [0, least],
      [1, most],
    ] as const) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const delivery = { ...(await deliveryOf({})), receives };
      postpone(delivery, { until: start + seconds * 1000, reason });
      expect(delivery.waitSeconds).toBe(wait);
    }
  });

  test('never shortens a wait', async () => {
    const delivery = { ...(await deliveryOf({})), waitSeconds: 900 };
    postpone(delivery, { until: start + 60_000, reason: undefined });
    expect(delivery.waitSeconds).toBe(900);
  });

  test.each([
    ['misconfigured', 'misconfigured'],
    ['throttled', 'exhausted'],
    ['unavailable', 'exhausted'],
  ] as const)('notes of a lane that is %s why its jobs would be parked', async (reason, noted) => {
    const met = { reason: 'exhausted' as const, attempts: 2 };
    const delivery = await deliveryOf({ attempts: 0 }, { outcome: 'revoked' }, met);
    postpone(delivery, { until: start + 60_000, reason });
    expect(delivery.records.get(0)).toMatchObject({ reason: noted, attempts: 0 });
    expect(delivery.records.get(1)?.reason).toBeUndefined();
    expect(delivery.records.get(2)).toMatchObject(met);
  });
});

describe('leaveShut', () => {
  const { provider } = createProvider(undefined, { retry: { maxAttempts: 3, baseSeconds: 10 } });
  const { metrics } = collectMetrics();

  test('counts a try of every job that is left, and waits for the right keys', async () => {
    const { log, lines } = collectLog();
    const delivery = await deliveryOf({ attempts: 1 }, { outcome: 'revoked' });
    const shut = { kind: 'sealed', detail: 'the key is not in the set' } as const;
    leaveShut(delivery, shut, { provider, log, metrics });
    expect(delivery.records.get(0)).toMatchObject({
      attempts: 2,
      reason: 'misconfigured',
      detail: 'the key is not in the set',
    });
    expect(delivery.records.get(1)).toMatchObject({ attempts: 1, outcome: 'revoked' });
    expect(delivery.waitSeconds).toBeGreaterThanOrEqual(10);
    expect(lines).toMatchObject([{ name: 'slice.unopened' }]);
  });

  test('parks them when their tries end', async () => {
    const delivery = await deliveryOf({ attempts: 2 });
    const shut = { kind: 'sealed', detail: 'no key' } as const;
    leaveShut(delivery, shut, { provider, log: collectLog().log, metrics });
    expect(delivery.records.get(0)).toMatchObject({ outcome: 'parked', reason: 'misconfigured' });
    expect(delivery.waitSeconds).toBe(0);
  });

  test('counts no try while the keys cannot be read', async () => {
    const delivery = await deliveryOf({ attempts: 1 });
    const shut = { kind: 'unread', detail: 'could not be read' } as const;
    leaveShut(delivery, shut, { provider, log: collectLog().log, metrics });
    expect(delivery.records.get(0)).toMatchObject({ attempts: 1, reason: 'misconfigured' });
    expect(delivery.waitSeconds).toBeGreaterThan(0);
  });
});

test('expire parks what is left, and nothing that has ended', async () => {
  const { log, lines } = collectLog();
  const delivery = await deliveryOf({ outcome: 'revoked' }, { reason: 'misconfigured' });
  parkOverdue(delivery, { log });
  expect(delivery.records.get(0)).toMatchObject({ outcome: 'revoked' });
  expect(delivery.records.get(1)).toMatchObject({ outcome: 'parked', reason: 'misconfigured' });
  expect(lines).toMatchObject([{ name: 'slice.overdue' }]);
});

describe('an outage', () => {
  // Waits of 10, 20, 40 and 40 seconds.
  const policy = { maxAttempts: 4, baseSeconds: 10, maxSeconds: 40 };

  test.each([
    ['none', undefined, 1000, false],
    ['as long as all tries take', 110, 1000, false],
    ['longer, for a job that was there all along', 111, 1000, true],
    ['longer, for a job that has just come', 1000, 1, false],
  ])('%s', (_, downFor, waitedFor, outlasted) => {
    const downSince = downFor && start - downFor * 1000;
    expect(hasOutlasted({ downSince }, start - waitedFor * 1000, policy)).toBe(outlasted);
  });

  test('that is too long parks jobs, tried or not, and counts no try', async () => {
    const delivery = await deliveryOf(
      { attempts: 0, detail: undefined },
      { attempts: 2, detail: 'http 503' },
      { outcome: 'revoked' },
      { evidence: 'accepted' },
    );
    giveUp(delivery, { lastError: 'no answer: ECONNREFUSED' });
    expect([...delivery.records.values()]).toMatchObject([
      {
        outcome: 'parked',
        reason: 'exhausted',
        attempts: 0,
        detail: 'the provider was down: no answer: ECONNREFUSED',
      },
      { outcome: 'parked', reason: 'exhausted', attempts: 2, detail: 'http 503' },
      { outcome: 'revoked' },
      { outcome: 'revoked', evidence: 'accepted' },
    ]);
  });
});
