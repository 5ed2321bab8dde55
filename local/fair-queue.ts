import { AsyncLocalStorage } from 'node:async_hooks';
import * as z from 'zod';
import { type SqsQueue, SqsStore } from '../node_modules/fauxqs/dist/sqs/sqsStore.js';

/** What of a message decides whose turn it is. */
interface Waiting {
  readonly messageId: string;
  readonly messageGroupId?: string | undefined;
}

const sent = z.object({ MessageBody: z.string(), MessageGroupId: z.string().optional() });
/** `SendMessage` or `SendMessageBatch`. */
const sending = z.union([
  z.object({ Entries: z.array(sent) }).transform(({ Entries }) => Entries),
  sent.transform((one) => [one]),
]);

/**
 * fauxqs' queues, made fair between message groups as those of SQS are. By itself it serves who came
 * first, and forgets the group of what is sent to a standard queue.
 */
export class FairSqsStore extends SqsStore {
  /** Groups of the request that is being handled, by what the messages say. */
  readonly #groups = new AsyncLocalStorage<ReadonlyMap<string, string | undefined>>();

  /** @param body of the request that `handle` handles */
  handling(body: unknown, handle: () => void): void {
    const messages = sending.safeParse(body).data ?? [];
    const groups = new Map(
      messages.map(({ MessageBody, MessageGroupId }) => [MessageBody, MessageGroupId]),
    );
    this.#groups.run(groups, handle);
  }

  override createQueue(...settings: Parameters<SqsStore['createQueue']>): SqsQueue {
    const queue = super.createQueue(...settings);
    const enqueue = queue.enqueue.bind(queue);
    queue.enqueue = (message) => {
      const group = this.#groups.getStore()?.get(message.body);
      enqueue(group === undefined ? message : Object.assign(message, { messageGroupId: group }));
    };
    const dequeue = queue.dequeue.bind(queue);
    queue.dequeue = (count, ...rest) => {
      // What is due now is to be chosen from as well.
      queue.processTimers();
      if (queue.messages.length > count) bringForward(queue, count);
      return dequeue(count, ...rest);
    };
    return queue;
  }
}

function bringForward(queue: SqsQueue, count: number): void {
  const inFlight = [...queue.inflightMessages.values()].map(({ message }) => message);
  const chosen = new Set(fairChoice(queue.messages, inFlight, count));
  queue.messages = [...chosen, ...queue.messages.filter((message) => !chosen.has(message))];
}

/**
 * Chooses what is received next: of the group that has the fewest messages in flight, and of equal
 * groups the message that has waited longest. A message without a group is a group of its own.
 *
 * @param waiting in the order in which they came
 */
export function fairChoice<Message extends Waiting>(
  waiting: readonly Message[],
  inFlight: readonly Waiting[],
  count: number,
): Message[] {
  const underWay = new Map<string, number>();
  for (const message of inFlight) {
    const group = groupOf(message);
    underWay.set(group, (underWay.get(group) ?? 0) + 1);
  }
  /** The first few of each group, which stand in the order in which these came. */
  const groups = new Map<string, Message[]>();
  for (const message of waiting) {
    const group = groupOf(message);
    const first = groups.get(group);
    if (first === undefined) groups.set(group, [message]);
    else if (first.length < count) first.push(message);
  }
  // A group's next message stands as many places behind as it has messages before it.
  const turns = [...groups].flatMap(([group, messages], place) =>
    messages.map((message, index) => ({
      message,
      place,
      turn: (underWay.get(group) ?? 0) + index,
    })),
  );
  return turns
    .sort((a, b) => a.turn - b.turn || a.place - b.place)
    .slice(0, count)
    .map(({ message }) => message);
}

const groupOf = ({ messageGroupId, messageId }: Waiting): string => messageGroupId ?? messageId;
