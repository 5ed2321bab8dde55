import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageText, type SliceMessage } from '../domain/slice.ts';
import { groupBy } from '../group-by.ts';
import { waitToRepeat } from '../retry-wait.ts';

/** SQS takes at most 10 messages and 1 MiB a call; older emulators 256 KiB. */
const maximumBatch = 10;
const maximumBatchBytes = 240 * 1024;
const maximumTries = 4;

/** Longest that SQS holds a message back. */
export const maximumDelaySeconds = 900;

/** Some slices could not be put on their queue after several tries. */
export class SendFault extends Error {
  override readonly name = 'SendFault';
  readonly #unsent: ReadonlySet<SliceMessage>;

  constructor(message: string, unsent: Iterable<SliceMessage>, options?: ErrorOptions) {
    super(message, options);
    this.#unsent = new Set(unsent);
  }

  /** Those that SQS has not said it took; of a call that got no answer it may have. */
  get unsent(): ReadonlySet<SliceMessage> {
    return this.#unsent;
  }
}

/** A slice as an entry of a call. */
interface Entry {
  readonly message: SliceMessage;
  readonly request: SendMessageBatchRequestEntry;
}

/** What of a call SQS did not take, and why if that was told. */
interface Remainder {
  readonly unsent: readonly SliceMessage[];
  readonly cause?: unknown;
}

/** The queues of all lanes, as a sender sees them. */
export interface Lanes {
  /**
   * Puts every slice on its provider's queue: ten a call, all calls in parallel. What SQS refuses
   * in part is sent again, after a short wait.
   *
   * @param delayOf whole seconds for which SQS hides the slice first, at most `maximumDelaySeconds`
   * @throws SendFault when a slice is still refused after several tries
   */
  readonly send: (
    messages: readonly SliceMessage[],
    delayOf?: (message: SliceMessage) => number,
  ) => Promise<void>;
}

/** @param urlPrefix a lane's queue URL is this followed by its provider's id */
export function createLanes(client: SQSClient, urlPrefix: string): Lanes {
  /** Never rejects, so that one call's fault does not hide what became of the others. */
  const sendBatch = async (provider: string, entries: readonly Entry[]): Promise<Remainder> => {
    let left = entries;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({
            QueueUrl: urlPrefix + provider,
            Entries: left.map(({ request }) => request),
          }),
        );
        const failed = new Set(Failed.map(({ Id }) => Id));
        left = left.filter(({ request }) => failed.has(request.Id));
      } catch (cause) {
        return { unsent: left.map(({ message }) => message), cause };
      }
      if (left.length === 0 || attempt === maximumTries) {
        return { unsent: left.map(({ message }) => message) };
      }
      await waitToRepeat(attempt);
    }
  };

  return {
    send: async (messages, delayOf = () => 0) => {
      const lanes = groupBy(messages, (message) => message.provider);
      const calls = [...lanes].flatMap(([provider, own]) =>
        batches(own, delayOf).map((batch) => sendBatch(provider, batch)),
      );
      const short = (await Promise.all(calls)).filter(({ unsent }) => unsent.length > 0);
      if (short.length === 0) return;
      const unsent = short.flatMap((remainder) => remainder.unsent);
      throw new SendFault(
        `${unsent.length} of ${messages.length} slices could not be queued`,
        unsent,
        { cause: short.find(({ cause }) => cause !== undefined)?.cause },
      );
    },
  };
}

function batches(
  messages: readonly SliceMessage[],
  delayOf: (message: SliceMessage) => number,
): Entry[][] {
  const all: Entry[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const MessageBody = messageText(message);
    const size = MessageBody.length;
    let batch = all.at(-1);
    if (batch === undefined || batch.length === maximumBatch || bytes + size > maximumBatchBytes) {
      batch = [];
      all.push(batch);
      bytes = 0;
    }
    bytes += size;
    // Fair queues: one revocation's backlog does not starve another's.
    const MessageGroupId = message.revocation;
    const DelaySeconds = delayOf(message);
    const request = {
      Id: String(batch.length),
      MessageBody,
      MessageGroupId,
      ...(DelaySeconds > 0 && { DelaySeconds }),
    };
    batch.push({ message, request });
  }
  return all;
}
