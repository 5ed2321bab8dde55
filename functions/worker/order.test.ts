import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { sliceOf } from '../../test/support/slices.ts';
import type { Delivery } from './delivery.ts';
import { carefulOrder, isDue } from './order.ts';

const message = await sliceOf(['a', 'b', 'c', 'd']);

/** A delivery whose jobs 0 and 1 come after jobs 2 and 3. */
function delivered(records: Readonly<Record<number, Partial<JobRecord>>> = {}, redrives = 0) {
  const delivery: Delivery = {
    messageId: 'm',
    receiptHandle: 'r',
    receives: 1,
    message: {
      ...message,
      redrives,
      jobs: message.jobs.map((job) => (job.index < 2 ? { ...job, after: job.index + 2 } : job)),
    },
    seen: undefined,
    jobs: new Map(),
    shut: undefined,
    overdue: false,
    sentAt: Date.now(),
    records: new Map(
      message.jobs.map(({ index, fingerprint }) => [
        index,
        { fingerprint, attempts: 0, at: 0, ...records[index] },
      ]),
    ),
    careful: false,
    waitSeconds: 0,
  };
  return delivery;
}

describe('an access token is due', () => {
  test('once its refresh token has an outcome, and not before', () => {
    expect(isDue(delivered(), 0)).toBe(false);
    expect(isDue(delivered({ 2: { attempts: 3, reason: 'exhausted' } }), 0)).toBe(false);
    expect(isDue(delivered({ 2: { outcome: 'revoked' } }), 0)).toBe(true);
    expect(isDue(delivered({ 2: { outcome: 'parked' } }), 0)).toBe(true);
    expect(isDue(delivered({ 3: { outcome: 'revoked' } }), 0)).toBe(false);
  });

  test('where its refresh token was sent again in a newer message', () => {
    expect(isDue(delivered({ 2: { redrives: 1 } }), 0)).toBe(true);
    expect(isDue(delivered({ 2: { redrives: 1 } }, 1), 0)).toBe(false);
  });

  test('where its refresh token is not in the message', () => {
    const { message: whole, ...rest } = delivered();
    const jobs = whole.jobs.filter(({ index }) => index !== 2);
    expect(isDue({ ...rest, message: { ...whole, jobs } }, 0)).toBe(true);
  });
});

test('a refresh token, and one without a partner, is always due', () => {
  for (const index of [2, 3]) expect(isDue(delivered(), index)).toBe(true);
});

describe('in careful mode', () => {
  test('refresh tokens come before their access tokens', () => {
    expect(carefulOrder(delivered())).toEqual([2, 3, 0, 1]);
  });

  test('who has killed a worker comes last, and its partner with it', () => {
    expect(carefulOrder(delivered({ 2: { crashes: 1 } }))).toEqual([3, 1, 2, 0]);
    expect(carefulOrder(delivered({ 0: { crashes: 1 } }))).toEqual([2, 3, 1, 0]);
  });

  test('a pair of which one has ended holds nobody up', () => {
    expect(carefulOrder(delivered({ 2: { outcome: 'parked' } }))).toEqual([0, 3, 1]);
  });

  test('every pending job has its place, refresh tokens before their access tokens', () => {
    const aRecord = fc.record({
      outcome: fc.constantFrom(undefined, 'revoked' as const, 'parked' as const),
      crashes: fc.constantFrom(undefined, 1, 2),
      attempts: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(aRecord, { minLength: 4, maxLength: 4 }), (records) => {
        const order = carefulOrder(delivered({ ...records }));
        const pending = [0, 1, 2, 3].filter((index) => records[index]?.outcome === undefined);
        expect(order.toSorted()).toEqual(pending);
        for (const index of [0, 1]) {
          const [own, partner] = [order.indexOf(index), order.indexOf(index + 2)];
          if (own >= 0 && partner >= 0) expect(partner).toBeLessThan(own);
        }
      }),
    );
  });
});
