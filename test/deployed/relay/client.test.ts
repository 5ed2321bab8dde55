import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';
import { until } from '../../support/until.ts';
import { startClient } from './client.ts';
import { exchange, type MeetingPoint } from './exchange.ts';
import type { RelayedRequest } from './messages.ts';

/** Both ends of the relay, on emulators of SQS and DynamoDB. */
const resources = new AsyncDisposableStack();
let queues: TestQueues;
let table: Pick<MeetingPoint, 'dynamoDb' | 'tableName'>;

beforeAll(async () => {
  queues = resources.use(await startQueues());
  const server = dynalite({ createTableMs: 0 });
  const dynamoDb = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: await listenOnLoopback(server, 0),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  resources.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  resources.defer(() => dynamoDb.destroy());
  const tableName = 'replies';
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: tableName,
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  table = { dynamoDb, tableName };
});

afterAll(() => resources.disposeAsync());

/** One with a queue of its own: a poll that was given up may still swallow a message. */
async function meet(): Promise<MeetingPoint> {
  const { client: sqs } = queues;
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: randomUUID() }));
  return { ...table, sqs, queueUrl: QueueUrl };
}

/** A server behind the relay, under the name `here`. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  const origin = await listenOnLoopback(server, 0);
  const meetingPoint = await meet();
  const client = startClient(meetingPoint, (name) => (name === 'here' ? origin : undefined));
  return {
    queueUrl: meetingPoint.queueUrl,
    call: (request: Partial<RelayedRequest> = {}, patience?: number) =>
      exchange(meetingPoint, requestWith(request), patience),
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const requestWith = (fields: Partial<RelayedRequest>): RelayedRequest => ({
  id: randomUUID(),
  sentAt: Date.now(),
  server: 'here',
  method: 'POST',
  target: '/',
  headers: {},
  body: '',
  ...fields,
});

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(request, (chunk) => Buffer.from(chunk)));
}

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('a relayed request', () => {
  it('reaches the server as it was sent, and its answer comes back as it was given', async () => {
    const seen: unknown[] = [];
    await using relay = await serve(async (request, response) => {
      const { method, url, headers } = request;
      const { authorization, 'idempotency-key': key } = headers;
      seen.push({ method, url, authorization, key, body: await bytesOf(request) });
      response.writeHead(429, 'no', { 'retry-after': '2', 'x-two': ['a', 'b'] });
      response.end(allBytes);
    });

    const reply = await relay.call({
      method: 'DELETE',
      target: '/oauth2//tokens?a=%2F&b',
      headers: { authorization: 'Basic Zm9v', 'idempotency-key': 'k' },
      body: allBytes.toString('base64'),
    });

    expect(seen).toEqual([
      {
        method: 'DELETE',
        url: '/oauth2//tokens?a=%2F&b',
        authorization: 'Basic Zm9v',
        key: 'k',
        body: allBytes,
      },
    ]);
    expect(reply).toMatchObject({
      kind: 'answered',
      status: 429,
      headers: { 'retry-after': '2', 'x-two': 'a, b' },
      body: allBytes.toString('base64'),
    });
  });

  it.each<[string, RequestListener]>([
    ['no answer', (request) => request.socket.destroy()],
    [
      'half an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.destroy());
      },
    ],
  ])('is told as cut when the connection ends with %s', async (_, listener) => {
    await using relay = await serve(listener);
    expect(await relay.call()).toEqual({ kind: 'cut' });
  });

  it('brings a redirect back and does not follow it', async () => {
    const paths: string[] = [];
    await using relay = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.writeHead(302, { location: '/moved' }).end();
    });

    expect(await relay.call()).toMatchObject({ status: 302, headers: { location: '/moved' } });
    expect(paths).toEqual(['/']);
  });

  it('brings back no more of an answer than the table can hold', async () => {
    await using relay = await serve((_, response) => response.end('x'.repeat(4 * 1024 * 1024)));

    const reply = await relay.call();

    expect(reply).toMatchObject({ kind: 'answered', status: 200 });
    expect(reply?.kind === 'answered' && Buffer.from(reply.body, 'base64').length).toBe(256 * 1024);
  });

  it('is not found when it is for a server that nobody named', async () => {
    await using relay = await serve((_, response) => response.end());
    expect(await relay.call({ server: 'elsewhere' })).toMatchObject({ status: 404 });
  });

  it('waits its turn when there are many', async () => {
    let now = 0;
    let most = 0;
    await using relay = await serve(async (_, response) => {
      most = Math.max(most, ++now);
      await sleep(50);
      now -= 1;
      response.end();
    });

    const replies = await Promise.all(Array.from({ length: 40 }, () => relay.call({}, 60_000)));

    expect(replies.every((reply) => reply?.kind === 'answered')).toBe(true);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(20);
  });

  it('is not made once nobody waits for it any more', async () => {
    const targets: string[] = [];
    await using relay = await serve((request, response) => {
      targets.push(request.url ?? '');
      response.end();
    });
    const { client: sqs } = queues;
    const QueueUrl = relay.queueUrl;
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const late = requestWith({ target: '/late', sentAt: Date.now() - 31_000 });

    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(late) }));
    await until('the queue to be empty', async () => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      return (
        Attributes?.ApproximateNumberOfMessages === '0' &&
        Attributes.ApproximateNumberOfMessagesNotVisible === '0'
      );
    });
    await relay.call({ target: '/in-time' });

    expect(targets).toEqual(['/in-time']);
    expect(printed.mock.calls).toEqual([[expect.stringContaining('clock')]]);
    printed.mockRestore();
  });

  it('has no reply when nobody takes it', async () => {
    expect(await exchange(await meet(), requestWith({}), 100)).toBeUndefined();
  });
});

describe('the client', () => {
  it('ends at once, with requests under way and while it waits for more', async () => {
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const relay = await serve(() => reach());
    const call = relay.call({}, 2000);
    await reached;

    const begun = Date.now();
    await relay[Symbol.asyncDispose]();

    // The queue is asked for 20 s, and the server does not answer at all.
    expect(Date.now() - begun).toBeLessThan(10_000);
    expect(await call).toBeUndefined();
  });
});
