import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startSqs } from '../../local/emulators.ts';
import { createGuard } from '../../local/guard.ts';

/** Lanes on an SQS of their own. */
export interface TestQueues extends AsyncDisposable {
  readonly client: SQSClient;
  readonly urlPrefix: string;
  /** Every message that is visible now, which makes it invisible. */
  readonly receive: (provider: string) => Promise<Message[]>;
}

export async function startQueues(...providers: string[]): Promise<TestQueues> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-queues-'));
  const guard = createGuard();
  const sqs = await startSqs(directory, guard);
  const client = new SQSClient({
    region: 'us-east-1',
    endpoint: sqs.url,
    credentials: { accessKeyId: guard.accessKeyId, secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const urlPrefix = `${sqs.url}/000000000000/lane-`;
  for (const provider of providers) {
    await client.send(new CreateQueueCommand({ QueueName: `lane-${provider}` }));
  }
  return {
    client,
    urlPrefix,
    receive: async (provider) => {
      const all: Message[] = [];
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl: urlPrefix + provider,
            MaxNumberOfMessages: 10,
            // However slow the machine is.
            VisibilityTimeout: 300,
            MessageSystemAttributeNames: ['All'],
          }),
        );
        if (Messages.length === 0) return all;
        all.push(...Messages);
      }
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await sqs.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
