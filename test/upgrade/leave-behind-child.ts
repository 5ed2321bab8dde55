import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startDynamoDb, startSqs } from '../../local/emulators.ts';
import { createGuard } from '../../local/guard.ts';
import * as format1 from './format-1.ts';
import type { Lane, Left } from './leave-behind.ts';

const [left] = await once(process, 'message');
const { directory, sealingKeys, lanes, dead, items }: Left = left;

// As the first version named its files, queues and table, and set them up.
const data = join(directory, 'data');
const folders = { queues: join(data, 'queues'), table: join(data, 'table') };
for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
await writeFile(join(data, 'sealing-keys.json'), sealingKeys);
const TableName = 'rescind';
const deadLetterQueue = 'rescind-dead-letters';
const lanePrefix = 'rescind-lane-';
const laneAttributes = {
  MessageRetentionPeriod: '1209600',
  VisibilityTimeout: '1080',
  RedrivePolicy: JSON.stringify({
    deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueue}`,
    maxReceiveCount: 1000,
  }),
};
const deadLetterAttributes = { MessageRetentionPeriod: '1209600', VisibilityTimeout: '180' };

const guard = createGuard();
const emulators = [
  await startSqs(folders.queues, guard),
  await startDynamoDb(folders.table, guard),
];
const [sqs, dynamoDb] = emulators.map(({ url }) => ({
  region: 'us-east-1',
  endpoint: url,
  credentials: { accessKeyId: guard.accessKeyId, secretAccessKey: 'local' },
}));
await fillTable(new DynamoDBClient(dynamoDb ?? {}));
await fillQueues(new SQSClient(sqs ?? {}));
await Promise.all(emulators.map((emulator) => emulator.close()));
process.exit(0);

async function fillTable(client: DynamoDBClient): Promise<void> {
  await client.send(new CreateTableCommand({ TableName, ...format1.table }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.05 }, { TableName });
  for (const Item of items) await client.send(new PutItemCommand({ TableName, Item }));
}

async function fillQueues(client: SQSClient): Promise<void> {
  const create = async (QueueName: string, Attributes: Record<string, string>) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
  const send = (QueueUrl: string | undefined, MessageBody: string) => {
    const MessageGroupId: string = JSON.parse(MessageBody).revocation;
    return client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId }));
  };
  const deadLetters = await create(deadLetterQueue, deadLetterAttributes);
  for (const body of dead) await send(deadLetters, body);
  for (const { provider, underWay, queued } of lanes) {
    const lane = await create(lanePrefix + provider, laneAttributes);
    for (const body of underWay) await send(lane, body);
    await receive(client, lane, underWay);
    for (const body of queued) await send(lane, body);
  }
}

/** Receives them once, and no more is heard of it. */
async function receive(
  client: SQSClient,
  QueueUrl: string | undefined,
  { length }: Lane['underWay'],
): Promise<void> {
  for (let received = 0; received < length; ) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) throw new Error('the queue lacks messages that were sent to it');
    received += Messages.length;
  }
}
