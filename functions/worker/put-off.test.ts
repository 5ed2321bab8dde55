import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { collectLog } from '../../test/support/log.ts';
import { collectMetrics } from '../../test/support/metrics.ts';
import { createProvider } from '../../test/support/provider.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { triedOnce } from '../../test/support/work.ts';
import type { Delivery } from './delivery.ts';
import { expire, leaveShut, postpone } from './put-off.ts';

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
    expired: false,
    careful: false,
    waitSeconds: 0,
    records: new Map(records.map((record, index) => [index, { ...triedOnce, ...record }])),
  };
}

describe('postpone', () => {
  test.each([
    ['not at all while the lane is open', 0, 0, [0, 0]],
    ['until the lane opens, spread over a few seconds', 60, 0, [60, 65]],
    ['over no more than the wait itself', 2, 0, [2, 4]],
    ['over as long as there is patience', 2, 300, [2, 302]],
  ])('%s', async (_, seconds, patience, [least = 0, most = 0]) => {
    for (const [random, wait] of [
      [0, least],
      [1, most],
    ] as const) {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const delivery = await deliveryOf({});
      postpone(delivery, seconds === 0 ? 0 : start + seconds * 1000, undefined, patience);
      expect(delivery.waitSeconds).toBe(wait);
    }
  });

  test('never shortens a wait', async () => {
    const delivery = { ...(await deliveryOf({})), waitSeconds: 900 };
    postpone(delivery, start + 60_000, undefined);
    expect(delivery.waitSeconds).toBe(900);
  });

  test.each([
    ['misconfigured', 'misconfigured'],
    ['throttled', 'exhausted'],
    ['unavailable', 'exhausted'],
  ] as const)('notes of a lane that is %s why its jobs would be parked', async (reason, noted) => {
    const delivery = await deliveryOf({}, { outcome: 'revoked' });
    postpone(delivery, start + 60_000, reason);
    expect(delivery.records.get(0)).toMatchObject({ reason: noted, attempts: 1 });
    expect(delivery.records.get(1)?.reason).toBeUndefined();
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
  expire(delivery, { log });
  expect(delivery.records.get(0)).toMatchObject({ outcome: 'revoked' });
  expect(delivery.records.get(1)).toMatchObject({ outcome: 'parked', reason: 'misconfigured' });
  expect(lines).toMatchObject([{ name: 'slice.expired' }]);
});
