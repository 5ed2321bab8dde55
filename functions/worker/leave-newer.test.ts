import { afterEach, beforeEach, expect, test } from 'vitest';
import { messageText } from '../../shared/domain/slice.ts';
import { maximumAgeSeconds, maximumReceives } from '../../shared/queue/lane-settings.ts';
import { ledgerKey, partKey, sliceKey } from '../../shared/store/keys.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';
import { newerSeconds } from './leave-newer.ts';

let worker: TestWorker;
beforeEach(async () => {
  worker = await startWorker(({ token }) => (token.startsWith('refused') ? 'refused' : 'revoked'));
});
afterEach(() => worker[Symbol.asyncDispose]());

const named = (name: string) => worker.lines.filter((line) => line.name === name);

test('a message of a newer format stays on the queue, and its neighbours are done', async () => {
  // Prepare
  const [one, newer, other] = [
    await worker.aSlice('a'),
    await worker.aSlice('b'),
    await worker.aSlice('c'),
  ];

  // Act
  const text = messageText(newer).replace('"v":2', '"v":3');
  const { kept, waits } = await worker.work([one, text, other]);

  // Assess
  expect(kept).toEqual([false, true, false]);
  expect(waits).toEqual([undefined, newerSeconds, undefined]);
  expect(worker.tokens().toSorted()).toEqual(['a', 'c']);
  expect(await worker.recordsOf(newer)).toEqual([]);
  expect(await worker.table.table.get(ledgerKey(newer))).toBeUndefined();
  expect(named('slice.newer')).toMatchObject([
    { what: 'message', version: 3, revocation: newer.revocation, seconds: 900 },
  ]);
  expect(named('slice.unreadable')).toEqual([]);
});

test('however long it has waited it is neither parked nor taken for one that died', async () => {
  // Prepare
  const message = await worker.aSlice('a');
  const newer = messageText(message).replace('"v":2', '"v":3');
  const sentAt = Date.now() - (maximumAgeSeconds + 3600) * 1000;

  // Act
  const receives = maximumReceives - 1;
  const left = await worker.work([newer], { receives, sentAt });

  // Assess
  expect(left).toEqual({ kept: [true], waits: [newerSeconds] });
  expect(named('slice.overdue')).toEqual([]);
  expect(named('slice.careful')).toEqual([]);
  expect(await worker.recordsOf(message)).toEqual([]);
  const [line] = named('slice.newer');
  const { leftAlone } = worker.deps.stores.slices;
  expect(await leftAlone.last(message, String(line?.messageId))).toBe(receives);
});

test('the deliveries that SQS allows last ten days', () => {
  expect((newerSeconds * maximumReceives) / 86_400).toBeGreaterThan(10);
});

test.each([
  ['slice item', 3, sliceKey],
  ['ledger entry', 3, ledgerKey],
  ['part', 3, ({ revocation }: { revocation: string }) => partKey(revocation, 0)],
] as const)(
  'a slice whose %s is of a newer format stays too, and nothing of that is lost',
  async (what, schema, keyOf) => {
    // Prepare
    const message = await worker.aSlice('revoked-1', 'refused-2');
    const key = keyOf(message);
    await worker.table.table.put({ ...key, schema, of: 'a newer version' });
    const before = await worker.table.table.get(key);

    // Act
    const first = await worker.work([message]);
    const second = await worker.work([message], { receives: 2 });

    // Assess
    expect(first).toEqual({ kept: [true], waits: [newerSeconds] });
    expect(second).toEqual({ kept: [true], waits: [newerSeconds] });
    expect(await worker.table.table.get(key)).toEqual(before);
    expect(named('slice.newer')).toMatchObject([
      { what, version: schema, revocation: message.revocation },
      { what, version: schema, revocation: message.revocation },
    ]);
    // Nobody is asked again for what is known to have ended.
    expect(worker.tokens()).toHaveLength(2);
  },
);

test('a note that cannot be written keeps nothing from being left alone', async () => {
  const { stores } = worker.deps;
  const slices = {
    ...stores.slices,
    leftAlone: {
      ...stores.slices.leftAlone,
      note: async () => {
        throw new Error('DynamoDB is away');
      },
    },
  };
  const newer = messageText(await worker.aSlice('a')).replace('"v":2', '"v":3');
  const { kept, waits } = await worker.work([newer], { deps: { stores: { ...stores, slices } } });
  expect([kept, waits]).toEqual([[true], [newerSeconds]]);
});
