import { inspect } from 'node:util';
import type {
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
} from '@aws-sdk/client-sqs';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { startQueues } from '../../test/support/queues.ts';
import { newRevocationId } from '../domain/revocation.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { createLanes, SendFault } from './lanes.ts';

const { client, urlPrefix, receive, ...rest } = await startQueues('polar', 'mollie');
afterAll(() => rest[Symbol.asyncDispose]());

const lanes = createLanes(client, urlPrefix);

const aMessage = (slice: number, change: Partial<SliceMessage> = {}): SliceMessage => ({
  v: 2,
  revocation: newRevocationId(),
  part: 0,
  slice,
  provider: 'polar',
  redrives: 0,
  acceptedAt: 1_800_000_000,
  jobs: [{ index: slice, ref: `ref-${slice}`, fingerprint: 'f' }],
  sealed: 'a.sealed.envelope',
  ...change,
});

/** Messages that arrived, as they were sent. */
const arrived = async (provider: string) =>
  (await receive(provider))
    .map(({ Body = '' }): SliceMessage => JSON.parse(Body))
    .toSorted((a, b) => a.slice - b.slice);

/** Lets a test see each call, and refuse some of its entries in SQS's place. */
function watch(refuse: (call: number, id: string) => boolean = () => false) {
  const calls: SendMessageBatchCommandInput[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'SendMessageBatchCommand') return next(args);
        const input = args.input as SendMessageBatchCommandInput;
        const nth = calls.push(input);
        const Entries = input.Entries?.filter(({ Id = '' }) => !refuse(nth, Id)) ?? [];
        const Failed = input.Entries?.filter(({ Id = '' }) => refuse(nth, Id)) ?? [];
        const none = { $metadata: {} };
        const answer =
          Entries.length > 0
            ? await next({ ...args, input: { ...input, Entries } })
            : { output: none, response: undefined };
        const output = answer.output as Partial<SendMessageBatchCommandOutput>;
        output.Failed = Failed.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError' }));
        return answer;
      },
    { step: 'initialize', name: 'watch', priority: 'low' },
  );
  return calls;
}
afterEach(() => void client.middlewareStack.remove('watch'));

test('each slice goes to its own provider’s queue, grouped by revocation', async () => {
  const messages = [aMessage(0), aMessage(1, { provider: 'mollie' }), aMessage(2)];
  const calls = watch();
  await lanes.send(messages);
  expect(await arrived('polar')).toEqual([messages[0], messages[2]]);
  expect(await arrived('mollie')).toEqual([messages[1]]);
  const groups = calls.flatMap(({ Entries = [] }) => Entries.map((entry) => entry.MessageGroupId));
  expect(groups.toSorted()).toEqual(messages.map(({ revocation }) => revocation).toSorted());
});

test('goes ten a call', async () => {
  const messages = Array.from({ length: 23 }, (_, slice) => aMessage(slice));
  const calls = watch();
  await lanes.send(messages);
  expect(calls.map(({ Entries }) => Entries?.length).toSorted()).toEqual([10, 10, 3]);
  expect(await arrived('polar')).toEqual(messages);
});

test('large slices go in calls that even a small emulator takes', async () => {
  const messages = Array.from({ length: 10 }, (_, slice) =>
    aMessage(slice, { sealed: 'x'.repeat(60 * 1024) }),
  );
  const calls = watch();
  await lanes.send(messages);
  for (const { Entries = [] } of calls) {
    const bytes = Entries.reduce((sum, { MessageBody = '' }) => sum + MessageBody.length, 0);
    expect(bytes).toBeLessThanOrEqual(256 * 1024);
  }
  expect(await arrived('polar')).toEqual(messages);
});

test('nothing to send costs no call', async () => {
  const calls = watch();
  await lanes.send([]);
  expect(calls).toHaveLength(0);
});

test.each(['é', '😀', 'a\uffffb', '\ud800', '\u0000'])(
  'a ref that holds %j does not keep its slice off the queue',
  async (ref) => {
    const message = aMessage(0, { jobs: [{ index: 0, ref, fingerprint: 'f' }] });
    await lanes.send([message]);
    expect(await arrived('polar')).toEqual([message]);
  },
);

describe('what SQS refuses', () => {
  test('in part is sent again, and nothing else is', async () => {
    const messages = Array.from({ length: 5 }, (_, slice) => aMessage(slice));
    const calls = watch((call, id) => call === 1 && (id === '1' || id === '3'));
    await lanes.send(messages);
    expect(calls.map(({ Entries }) => Entries?.length)).toEqual([5, 2]);
    expect(await arrived('polar')).toEqual(messages);
  });

  test('each time is given up on, after the others were sent', async () => {
    const messages = Array.from({ length: 3 }, (_, slice) => aMessage(slice));
    const calls = watch((_, id) => id === '1');
    const fault: unknown = await lanes.send(messages).catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'SendFault', unsent: new Set([messages[1]]) });
    expect(calls).toHaveLength(4);
    expect(await arrived('polar')).toEqual([messages[0], messages[2]]);
  });

  test('on one lane does not keep the others waiting, and its cause is told', async () => {
    const messages = [aMessage(0), aMessage(1, { provider: 'no-such-lane' })];
    const fault: unknown = await lanes.send(messages).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(SendFault);
    expect(fault).toMatchObject({
      message: '1 of 2 slices could not be queued',
      cause: { name: 'QueueDoesNotExist' },
      unsent: new Set([messages[1]]),
    });
    // It must not be printed: a slice is sealed, but nobody has to read it.
    expect(inspect(fault)).not.toContain('a.sealed.envelope');
    expect(await arrived('polar')).toEqual([messages[0]]);
  });
});
