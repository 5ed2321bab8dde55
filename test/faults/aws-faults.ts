import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsRequest, answerOf, jsonBody, listIn, refusal } from './aws-request.ts';
import type { Random } from './random.ts';
import type { RelayedAnswer } from './relay.ts';

/** One request in a fault's hands. */
export interface Exchange {
  readonly request: AwsRequest;
  /** Passes the request on, or one with another body. */
  readonly onward: (body?: object) => Promise<RelayedAnswer>;
  /** Makes another call with the same credentials. */
  readonly also: (operation: string, body: object) => Promise<RelayedAnswer>;
  /** Says that there was nothing to strike. */
  readonly missed: () => void;
  readonly random: Random;
  /** One message body of each queue so far, to be sent again where it does not belong. */
  readonly bodies: ReadonlyMap<string, string>;
}

/** One way in which AWS may fail its callers. */
export interface AwsFault {
  readonly on: (request: AwsRequest) => boolean;
  /** A rejection cuts the connection. */
  readonly act: (exchange: Exchange) => Promise<RelayedAnswer>;
  /** Requests in a row that it hits once it hits one: more than the SDK's four tries fail. */
  readonly inARow?: number;
}

const is =
  (...operations: readonly string[]) =>
  ({ operation }: AwsRequest) =>
    operations.includes(operation);
const of =
  (...services: readonly AwsRequest['service'][]) =>
  ({ service }: AwsRequest) =>
    services.includes(service);
/** A long poll that fails delays everything by seconds and shows nothing. */
const worthFailing = ({ operation }: AwsRequest) =>
  operation !== 'ReceiveMessage' && operation !== 'CreateQueue';

const throttles: Readonly<Record<AwsRequest['service'], readonly string[]>> = {
  DYNAMODB: [
    'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    'com.amazonaws.dynamodb.v20120810#ThrottlingException',
    'com.amazonaws.dynamodb.v20120810#RequestLimitExceeded',
  ],
  SQS: ['com.amazonaws.sqs#RequestThrottled', 'ThrottlingException'],
  SECRETS_MANAGER: ['ThrottlingException'],
};

const throttle: AwsFault['act'] = async ({ request, random }) =>
  refusal(400, random.pick(throttles[request.service]));

const failedEntry = ({ Id }: Readonly<Record<string, unknown>>) => ({
  Id,
  SenderFault: false,
  Code: 'InternalError',
  Message: 'injected',
});

/**
 * Some entries of a batch fail, at least one.
 *
 * @param done whether those that are said to have failed are carried out all the same
 */
const failInPart =
  (done: boolean): AwsFault['act'] =>
  async ({ request, onward, random }) => {
    const entries = random.shuffled(listIn(request.body, 'Entries'));
    const failed = entries.slice(0, random.int(1, entries.length));
    const sent = done ? entries : entries.filter((entry) => !failed.includes(entry));
    const answer =
      sent.length === 0 ? emptyAnswer : await onward({ ...request.body, Entries: sent });
    if (answer.status !== 200) return answer;
    const told = answerOf(answer);
    const lost = new Set(failed.map(({ Id }) => Id));
    const body = {
      Successful: listIn(told, 'Successful').filter(({ Id }) => !lost.has(Id)),
      Failed: [...listIn(told, 'Failed'), ...failed.map(failedEntry)],
    };
    return { ...answer, body: jsonBody(body) };
  };

const emptyAnswer: RelayedAnswer = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: jsonBody({}),
};

const lose = (): never => {
  throw new Error('lost on the way');
};

/** A message of the answer to a poll, and where the poll asked. */
async function received({ request, onward, random, missed }: Exchange) {
  const answer = await onward();
  const [message] = random.shuffled(listIn(answerOf(answer), 'Messages'));
  if (message === undefined) missed();
  const QueueUrl = String(request.body.QueueUrl);
  return { answer, QueueUrl, MessageBody: message && String(message.Body) };
}

/** Messages that have no business on a lane. */
const strangers: readonly string[] = [
  'not json',
  '{}',
  '{"v":2,"revocation":"rev_1"}',
  '[[[[[[[[]]]]]]]]',
  JSON.stringify({ Records: [{ eventSource: 'aws:s3', s3: { object: { key: 'x' } } }] }),
  JSON.stringify({ v: 2, padding: 'x'.repeat(200_000) }),
  '\u2028{"v":99}',
];

export const awsFaults = {
  'dynamodb: throttled': { on: of('DYNAMODB'), act: throttle },
  'dynamodb: throttled beyond all retries': { on: of('DYNAMODB'), act: throttle, inARow: 12 },
  'sqs: throttled': { on: (request) => of('SQS')(request) && worthFailing(request), act: throttle },
  'sqs: throttled beyond all retries': {
    on: is('SendMessageBatch', 'ChangeMessageVisibilityBatch'),
    act: throttle,
    inARow: 6,
  },
  'secrets manager: throttled beyond all retries': {
    on: of('SECRETS_MANAGER'),
    act: throttle,
    inARow: 6,
  },
  'secrets manager: internal error': {
    on: of('SECRETS_MANAGER'),
    act: async () => refusal(500, 'InternalServiceError'),
    inARow: 6,
  },
  'aws: internal error': {
    on: worthFailing,
    act: async () => refusal(500, 'InternalServerError'),
  },
  'aws: request lost': { on: worthFailing, act: async () => lose() },
  // The write has happened; the SDK's retry meets its own condition.
  'aws: answer lost': {
    on: worthFailing,
    act: async ({ onward }) => {
      await onward();
      return lose();
    },
  },
  'aws: late': {
    on: worthFailing,
    act: async ({ onward, random }) => {
      await sleep(random.int(20, 500));
      const answer = await onward();
      await sleep(random.int(0, 300));
      return answer;
    },
  },
  'sqs: send fails in part': { on: is('SendMessageBatch'), act: failInPart(false) },
  'sqs: send said to have failed in part': { on: is('SendMessageBatch'), act: failInPart(true) },
  'sqs: delete fails in part': { on: is('DeleteMessageBatch'), act: failInPart(false) },
  'sqs: visibility fails in part': {
    on: is('ChangeMessageVisibilityBatch'),
    act: failInPart(false),
  },
  'sqs: out of order': {
    on: is('SendMessageBatch'),
    act: ({ request, onward, random }) => {
      const entries = random.shuffled(listIn(request.body, 'Entries'));
      const Entries = entries.map((entry) => ({ ...entry, DelaySeconds: random.int(0, 2) }));
      return onward({ ...request.body, Entries });
    },
  },
  // Comes back while it is being worked on.
  'sqs: delivered twice': {
    on: is('ReceiveMessage'),
    act: async ({ request, onward, missed }) => {
      const answer = await onward({ ...request.body, VisibilityTimeout: 1 });
      if (listIn(answerOf(answer), 'Messages').length === 0) missed();
      return answer;
    },
  },
  'sqs: duplicated': {
    on: is('ReceiveMessage'),
    act: async (exchange) => {
      const { answer, ...message } = await received(exchange);
      if (message.MessageBody !== undefined) await exchange.also('SendMessage', message);
      return answer;
    },
  },
  'sqs: given up while under way': {
    on: is('ReceiveMessage'),
    act: async (exchange) => {
      const { answer, QueueUrl, MessageBody } = await received(exchange);
      if (MessageBody !== undefined) {
        const deadLetters = QueueUrl.replace(/[^/]*$/, 'rescind-dead-letters');
        await exchange.also('SendMessage', { QueueUrl: deadLetters, MessageBody });
      }
      return answer;
    },
  },
  'sqs: a stranger on the queue': {
    on: is('ReceiveMessage'),
    act: async ({ request, onward, also, random }) => {
      const { QueueUrl } = request.body;
      await also('SendMessage', { QueueUrl, MessageBody: random.pick(strangers) });
      return onward();
    },
  },
  'sqs: another lane’s slice on the queue': {
    on: is('ReceiveMessage'),
    act: async ({ request, onward, also, random, bodies, missed }) => {
      const QueueUrl = String(request.body.QueueUrl);
      const others = [...bodies].filter(([queue]) => queue !== QueueUrl).map(([, body]) => body);
      if (others.length > 0) {
        await also('SendMessage', { QueueUrl, MessageBody: random.pick(others) });
      } else missed();
      return onward();
    },
  },
} satisfies Readonly<Record<string, AwsFault>>;

export type AwsFaultKind = keyof typeof awsFaults;

export const awsFaultKinds = Object.keys(awsFaults).filter(
  (name): name is AwsFaultKind => name in awsFaults,
);
