import { setTimeout as sleep } from 'node:timers/promises';
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { patienceMs, type RelayedRequest, type Reply, reply } from './messages.ts';

/** Where the two ends of the relay meet: requests on a queue, replies in a table by request id. */
export interface MeetingPoint {
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
  readonly queueUrl: string;
  readonly tableName: string;
}

/** Milliseconds between looks for a reply: often at first, and rarely at a slow server's. */
const firstWait = 40;
const longestWait = 400;

/** Sends a request to the near end and waits for its reply; undefined when none came in time. */
export async function exchange(
  { sqs, dynamoDb, queueUrl, tableName }: MeetingPoint,
  request: RelayedRequest,
  patience = patienceMs,
): Promise<Reply | undefined> {
  const message = { QueueUrl: queueUrl, MessageBody: JSON.stringify(request) };
  await sqs.send(new SendMessageCommand(message));
  const lookUp = { TableName: tableName, Key: { id: { S: request.id } }, ConsistentRead: true };
  const deadline = Date.now() + patience;
  for (let wait = firstWait; Date.now() + wait < deadline; wait = nextWait(wait)) {
    await sleep(wait);
    const { Item } = await dynamoDb.send(new GetItemCommand(lookUp));
    const text = Item?.reply?.S;
    if (text !== undefined) return reply.parse(JSON.parse(text));
  }
  return undefined;
}

const nextWait = (wait: number): number => Math.min(longestWait, wait * 1.5);
