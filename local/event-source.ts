import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { InvocationFault } from './function-host.ts';

/** A queue and the function that consumes it. */
export interface EventSourceSettings {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly queueName: string;
  readonly batchSize: number;
  /** Batches under way at once. */
  readonly concurrency: number;
  readonly invoke: (event: SQSEvent) => Promise<unknown>;
}

/** Seconds after which a batch comes back whose function died: AWS would let it time out. */
const afterCrashSeconds = 1;

/**
 * Lambda's event source mapping for SQS: polls the queue, invokes the function with batches,
 * deletes what it did not report as failed.
 */
export function startEventSource(settings: EventSourceSettings): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const pollers = Array.from({ length: settings.concurrency }, () =>
    poll(settings, stopping.signal),
  );
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(pollers);
    },
  };
}

async function poll(settings: EventSourceSettings, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const messages = await receive(settings, signal);
      if (messages.length > 0) await process(messages, settings);
    } catch {
      // The emulator is gone or going: nothing is lost, since a message is deleted only when done.
      if (!signal.aborted) await sleep(200, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function receive(
  { client, queueUrl, batchSize }: EventSourceSettings,
  abortSignal: AbortSignal,
): Promise<Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: 20,
      MessageSystemAttributeNames: ['All'],
    }),
    { abortSignal },
  );
  return Messages;
}

async function process(messages: readonly Message[], settings: EventSourceSettings): Promise<void> {
  const { client, queueUrl, queueName, invoke } = settings;
  let failed: ReadonlySet<string>;
  try {
    const result = await invoke({ Records: messages.map((message) => record(message, queueName)) });
    failed = new Set(failuresOf(result));
  } catch (error) {
    if (!(error instanceof InvocationFault)) throw error;
    await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queueUrl,
        Entries: entriesOf(messages).map((entry) => ({
          ...entry,
          VisibilityTimeout: afterCrashSeconds,
        })),
      }),
    );
    return;
  }
  const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
  if (done.length === 0) return;
  await client.send(
    new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entriesOf(done) }),
  );
}

const entriesOf = (messages: readonly Message[]) =>
  messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));

const failuresOf = (result: unknown): string[] =>
  (result as SQSBatchResponse).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

const record = (message: Message, queueName: string): SQSRecord => ({
  messageId: message.MessageId ?? '',
  receiptHandle: message.ReceiptHandle ?? '',
  body: message.Body ?? '',
  attributes: {
    ApproximateReceiveCount: message.Attributes?.ApproximateReceiveCount ?? '1',
    SentTimestamp: message.Attributes?.SentTimestamp ?? '',
    SenderId: message.Attributes?.SenderId ?? '',
    ApproximateFirstReceiveTimestamp: message.Attributes?.ApproximateFirstReceiveTimestamp ?? '',
  },
  messageAttributes: {},
  md5OfBody: message.MD5OfBody ?? '',
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${queueName}`,
  awsRegion: 'us-east-1',
});
