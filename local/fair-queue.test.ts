import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startQueues, type TestQueues } from '../test/support/queues.ts';
import { fairChoice } from './fair-queue.ts';

const message = (messageId: string, messageGroupId?: string) => ({ messageId, messageGroupId });
const of = (group: string, count: number) =>
  Array.from({ length: count }, (_, index) => message(`${group}${index}`, group));
const idsOf = (messages: readonly { messageId: string }[]) =>
  messages.map(({ messageId }) => messageId);

describe('the next messages', () => {
  it('are the first that came, of one group', () => {
    expect(idsOf(fairChoice(of('bulk', 9), of('bulk', 3), 3))).toEqual(['bulk0', 'bulk1', 'bulk2']);
  });

  it('are of every group in turn', () => {
    const waiting = [...of('a', 9), ...of('b', 9), message('alone')];
    expect(idsOf(fairChoice(waiting, [], 5))).toEqual(['a0', 'b0', 'alone', 'a1', 'b1']);
  });

  it('are of the groups with less under way first', () => {
    const waiting = [...of('bulk', 9), ...of('other', 9), message('one', 'webhook')];
    const inFlight = [...of('bulk', 8), ...of('other', 2)];
    expect(idsOf(fairChoice(waiting, inFlight, 4))).toEqual(['one', 'other0', 'other1', 'other2']);
  });

  it('are as many as there are, each once, and of a group the first', () => {
    const groups = fc.array(fc.constantFrom('a', 'b', 'c', undefined), { maxLength: 20 });
    fc.assert(
      fc.property(groups, groups, fc.integer({ min: 1, max: 10 }), (first, second, count) => {
        const waiting = first.map((group, index) => message(`m${index}`, group));
        const inFlight = second.map((group, index) => message(`f${index}`, group));
        const chosen = fairChoice(waiting, inFlight, count);
        expect(new Set(chosen).size).toBe(Math.min(count, waiting.length));
        for (const one of chosen) {
          const before = waiting
            .slice(0, waiting.indexOf(one))
            .filter(({ messageGroupId }) => messageGroupId === one.messageGroupId);
          if (one.messageGroupId !== undefined)
            expect(chosen).toEqual(expect.arrayContaining(before));
        }
      }),
    );
  });
});

describe('a queue', () => {
  let queues: TestQueues;
  beforeAll(async () => {
    queues = await startQueues('polar');
  });
  afterAll(() => queues[Symbol.asyncDispose]());

  it('hands each message out once, however many groups there are', async () => {
    const QueueUrl = `${queues.urlPrefix}polar`;
    const groups = ['bulk', 'bulk', 'bulk', 'bulk', 'bulk', 'webhook'];
    const Entries = groups.map((MessageGroupId, index) => ({
      Id: String(index),
      MessageBody: `${MessageGroupId}-${index}`,
      MessageGroupId,
    }));
    await queues.client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    const receive = async () => {
      const { Messages = [] } = await queues.client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 2,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      return Messages;
    };
    const received = [await receive(), await receive(), await receive(), await receive()].flat();
    expect(received.map(({ Body }) => Body)).toEqual([
      'bulk-0',
      'webhook-5',
      'bulk-1',
      'bulk-2',
      'bulk-3',
      'bulk-4',
    ]);
    expect(received.every(({ Attributes }) => Attributes?.ApproximateReceiveCount === '1')).toBe(
      true,
    );
    const { Attributes } = await queues.client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '6',
    });
  });
});
