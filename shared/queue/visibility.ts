import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** A received message's receipt, and how long it shall stay invisible. */
export interface Wait {
  readonly receiptHandle: string;
  /** Whole seconds from now. */
  readonly seconds: number;
}

/** Says when messages that stay on a lane's queue come back. */
export interface Visibility {
  /**
   * Ten a call. A message whose wait could not be set comes back after the queue's own visibility
   * timeout, so a failure here delays and never loses.
   *
   * @returns how many could not be set
   */
  readonly defer: (waits: readonly Wait[]) => Promise<number>;
}

export function createVisibility(client: SQSClient, queueUrl: string): Visibility {
  const change = async (waits: readonly Wait[]): Promise<number> => {
    try {
      const { Failed = [] } = await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queueUrl,
          Entries: waits.map(({ receiptHandle, seconds }, index) => ({
            Id: String(index),
            ReceiptHandle: receiptHandle,
            VisibilityTimeout: seconds,
          })),
        }),
      );
      return Failed.length;
    } catch {
      return waits.length;
    }
  };

  return {
    defer: async (waits) => {
      const calls = [];
      for (let start = 0; start < waits.length; start += 10) {
        calls.push(change(waits.slice(start, start + 10)));
      }
      return (await Promise.all(calls)).reduce((sum, failed) => sum + failed, 0);
    },
  };
}
