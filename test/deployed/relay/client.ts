import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { MeetingPoint } from './exchange.ts';
import { forward } from './forward.ts';
import { patienceMs, type RelayedRequest, type Reply, relayedRequest } from './messages.ts';

/** Requests under way at a time. */
const atOnce = 20;
/** Nobody waits for the reply to an older request. */
const staleMs = 30_000;
/** How long a reply is kept, at least. */
const keptSeconds = 300;
/** Milliseconds until it is tried again when the queue could not be read. */
const pauseMs = 1000;

const notFound: Reply = { kind: 'answered', status: 404, headers: {}, body: '' };

/**
 * The relay's near end: takes requests off the queue, makes them at servers of this machine, and
 * writes the replies down, until it is disposed of. A request is made at most once, so that a
 * server sees and counts what its callers did and nothing else.
 *
 * @param originOf where a server listens; undefined when there is none of that name
 */
export function startClient(
  { sqs, dynamoDb, queueUrl, tableName }: MeetingPoint,
  originOf: (server: string) => string | undefined,
): AsyncDisposable {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function receive(): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(10, atOnce - underWay.size),
      WaitTimeSeconds: 20,
    });
    try {
      return (await sqs.send(command, { abortSignal: closing.signal })).Messages ?? [];
    } catch (error) {
      if (closing.signal.aborted) return [];
      report('the queue could not be read', error);
      await sleep(pauseMs);
      return [];
    }
  }

  async function respond(request: RelayedRequest): Promise<void> {
    const origin = originOf(request.server);
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patienceMs)]);
    const reply = origin === undefined ? notFound : await forward(origin, request, signal);
    if (closing.signal.aborted) return;
    await dynamoDb.send(
      new PutItemCommand({
        TableName: tableName,
        Item: {
          id: { S: request.id },
          reply: { S: JSON.stringify(reply) },
          expiresAt: { N: String(Math.ceil(Date.now() / 1000) + keptSeconds) },
        },
      }),
    );
  }

  async function handle({ Body = '', ReceiptHandle }: Message): Promise<void> {
    const removed = sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    await Promise.all([removed, respondInTime(relayedRequest.parse(JSON.parse(Body)))]);
  }

  async function respondInTime(request: RelayedRequest): Promise<void> {
    const age = Date.now() - request.sentAt;
    if (age <= staleMs) return respond(request);
    report(`dropped a request of ${Math.round(age / 1000)} s ago; is this machine's clock right?`);
  }

  async function serve(): Promise<void> {
    while (!closing.signal.aborted) {
      for (const message of await receive()) {
        const task = handle(message)
          .catch((error: unknown) => report('a request was lost', error))
          .finally(() => underWay.delete(task));
        underWay.add(task);
      }
      if (underWay.size >= atOnce) await Promise.race(underWay);
    }
  }

  const served = serve();
  return {
    [Symbol.asyncDispose]: async () => {
      closing.abort();
      await served;
      await Promise.all(underWay);
    },
  };
}

function report(what: string, error?: unknown): void {
  console.error(`relay: ${what}`, ...(error instanceof Error ? [`(${error.name})`] : []));
}
