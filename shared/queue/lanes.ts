import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageText, type SliceMessage } from '../domain/slice.ts';
import { groupBy } from '../group-by.ts';

/** SQS takes at most 10 messages and 1 MiB a call; older emulators 256 KiB. */
const maximumBatch = 10;
const maximumBatchBytes = 240 * 1024;
const maximumTries = 4;

/** Longest that SQS holds a message back. */
export const maximumDelaySeconds = 900;

/** Some slices could not be put on their queue after several tries. */
export class SendFault extends Error {
  override readonly name = 'SendFault';
}

/** The queues of all lanes, as a sender sees them. */
export interface Lanes {
  /**
   * Puts every slice on its provider's queue: ten a call, all calls in parallel. What SQS refuses
   * in part is sent again.
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
  const sendBatch = async (provider: string, entries: SendMessageBatchRequestEntry[]) => {
    let left = entries;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      if (attempt > maximumTries) {
        throw new SendFault(`${left.length} slices could not be queued for ${provider}`);
      }
      const { Failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: urlPrefix + provider, Entries: left }),
      );
      const failed = new Set(Failed.map(({ Id }) => Id));
      left = left.filter(({ Id }) => failed.has(Id));
    }
  };

  return {
    send: async (messages, delayOf = () => 0) => {
      const lanes = groupBy(messages, (message) => message.provider);
      const calls = [...lanes].flatMap(([provider, own]) =>
        batches(own, delayOf).map((batch) => sendBatch(provider, batch)),
      );
      const failures = (await Promise.allSettled(calls)).filter(
        (result) => result.status === 'rejected',
      );
      const [first] = failures;
      if (first !== undefined) {
        throw new SendFault(`${failures.length} of ${calls.length} calls to the queues failed`, {
          cause: first.reason,
        });
      }
    },
  };
}

function batches(
  messages: readonly SliceMessage[],
  delayOf: (message: SliceMessage) => number,
): SendMessageBatchRequestEntry[][] {
  const all: SendMessageBatchRequestEntry[][] = [];
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
    batch.push({
      Id: String(batch.length),
      MessageBody,
      MessageGroupId,
      ...(DelaySeconds > 0 && { DelaySeconds }),
    });
  }
  return all;
}
