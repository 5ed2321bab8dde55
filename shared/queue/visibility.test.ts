import type { ChangeMessageVisibilityBatchCommandInput } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { startQueues } from '../../test/support/queues.ts';
import { newRevocationId } from '../domain/revocation.ts';
import { createLanes } from './lanes.ts';
import { createVisibility } from './visibility.ts';

const { client, urlPrefix, receive, ...rest } = await startQueues('polar', 'mollie');
afterAll(() => rest[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
  client.middlewareStack.remove('watch');
});

const visibilityOf = (provider: string) => createVisibility(client, urlPrefix + provider);
const visibility = visibilityOf('polar');

async function receipts(count: number, provider = 'polar'): Promise<string[]> {
  const revocation = newRevocationId();
  const messages = Array.from({ length: count }, (_, slice) => ({
    v: 2 as const,
    revocation,
    part: 0,
    slice,
    provider,
    redrives: 0,
    acceptedAt: 1_800_000_000,
    jobs: [{ index: 0, fingerprint: 'f' }],
    sealed: 'x',
  }));
  await createLanes(client, urlPrefix).send(messages);
  return (await receive(provider)).map(({ ReceiptHandle = '' }) => ReceiptHandle);
}

function watch() {
  const calls: ChangeMessageVisibilityBatchCommandInput[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      calls.push(args.input as ChangeMessageVisibilityBatchCommandInput);
      return next(args);
    },
    { step: 'initialize', name: 'watch' },
  );
  return calls;
}

test('each message comes back when its own wait ends, and not before', async () => {
  // Prepare: the emulator tells time by the same clock. No other test uses this queue.
  vi.useFakeTimers({ toFake: ['Date'] });
  const [soon = '', later = ''] = await receipts(2, 'mollie');

  // Act
  const unset = await visibilityOf('mollie').defer([
    { receiptHandle: soon, seconds: 1 },
    { receiptHandle: later, seconds: 600 },
  ]);

  // Assess
  expect(unset).toBe(0);
  expect(await receive('mollie')).toHaveLength(0);
  vi.setSystemTime(Date.now() + 1000);
  const back = await receive('mollie');
  expect(back.map(({ Attributes }) => Attributes?.ApproximateReceiveCount)).toEqual(['2']);
  vi.setSystemTime(Date.now() + 600_000);
  expect(await receive('mollie')).toHaveLength(2);
});

test('ten a call, each with its own wait', async () => {
  const handles = await receipts(23);
  const calls = watch();
  await visibility.defer(
    handles.map((receiptHandle, index) => ({ receiptHandle, seconds: 100 + index })),
  );
  expect(calls.map(({ Entries }) => Entries?.length)).toEqual([10, 10, 3]);
  const set = calls.flatMap(({ Entries = [] }) => Entries);
  expect(set.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(handles);
  expect(set.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual(
    handles.map((_, index) => 100 + index),
  );
});

test('nothing to defer costs no call', async () => {
  const calls = watch();
  expect(await visibility.defer([])).toBe(0);
  expect(calls).toHaveLength(0);
});

test('a receipt that SQS does not take is counted, and the rest are set', async () => {
  const [good = ''] = await receipts(1);
  const calls = watch();
  const unset = await visibility.defer([
    { receiptHandle: 'stale', seconds: 1 },
    { receiptHandle: good, seconds: 1 },
  ]);
  expect(unset).toBe(1);
  expect(calls).toHaveLength(1);
});

test('a call that fails counts all its messages and throws nothing', async () => {
  const nowhere = createVisibility(client, `${urlPrefix}no-such-lane`);
  const waits = Array.from({ length: 12 }, () => ({ receiptHandle: 'x', seconds: 1 }));
  expect(await nowhere.defer(waits)).toBe(12);
});
