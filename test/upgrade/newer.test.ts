import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deadLetter } from '../../functions/api/contract/answers.ts';
import { maximumReceives } from '../../shared/queue/lane-settings.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { createTap, type Tap } from '../support/tap.ts';
import { until } from '../support/until.ts';
import * as format1 from './format-1.ts';

let acme: ScriptedProvider;
let rescind: TestStack;
let tap: Tap;
let sqs: SQSClient;
beforeAll(async () => {
  acme = await startScriptedProvider('acme', () => ok);
  tap = createTap();
  rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret },
    tap: tap.tap,
  });
  const { env } = rescind.stack;
  sqs = new SQSClient({
    region: 'us-east-1',
    endpoint: env.AWS_ENDPOINT_URL_SQS ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  sqs.destroy();
  await rescind[Symbol.asyncDispose]();
  await acme[Symbol.asyncDispose]();
  await tap[Symbol.asyncDispose]();
});

const send = (QueueUrl: string, MessageBody: string) =>
  sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

/** Messages that a queue holds: to be received now, and later. */
async function held(QueueUrl: string): Promise<{ now: number; later: number }> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return {
    now: Number(Attributes.ApproximateNumberOfMessages),
    later: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
  };
}

/** Lines of one name that the functions have printed. */
const printed = (name: string): Record<string, unknown>[] =>
  rescind
    .printed()
    .split('\n')
    .filter((line) => line.includes(`"name":"${name}"`))
    .map((line) => JSON.parse(line));

/** A slice as a version to come might send it: as much is promised of its text as this test says. */
const fromTheFuture = (revocation: string) =>
  JSON.stringify({
    v: 3,
    revocation,
    part: 0,
    slice: 0,
    lane: 'acme',
    sealed: { by: 'other means' },
  });

it('a slice of a newer format waits on its lane, and its neighbours are done', async () => {
  const revocation = format1.newRevocationId();
  const lane = rescind.stack.queueUrl('acme');
  await send(lane, fromTheFuture(revocation));

  const jobs = Array.from({ length: 60 }, (_, index) => ({
    provider: 'acme',
    token: `t-${index}`,
  }));
  const neighbours = await rescind.revoke(jobs);

  const [line] = await until('it to be told of', () => {
    const lines = printed('slice.newer');
    return lines.length > 0 && lines;
  });
  expect(neighbours.revocation.counts.revoked).toBe(60);
  expect(line).toMatchObject({ level: 'WARN', what: 'message', version: 3, revocation });
  expect(
    await until('the rest to be gone', async () => {
      const messages = await held(lane);
      return messages.later === 1 && messages;
    }),
  ).toEqual({ now: 0, later: 1 });
  // Long enough that the deliveries SQS allows outlast any roll-back.
  const waits = tap.requests
    .filter(({ operation }) => operation === 'ChangeMessageVisibilityBatch')
    .flatMap(({ body }) => body.Entries as { VisibilityTimeout: number }[]);
  expect(waits.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([900]);
  expect((900 * maximumReceives) / 86_400).toBeGreaterThan(10);
});

it('a slice of a newer format waits in the dead-letter queue, and its neighbours are parked', async () => {
  const revocation = format1.newRevocationId();
  const queue = rescind.stack.deadLetterQueueUrl;
  const { keys } = format1.newKeys();
  const slice = { part: 0, slice: 0, provider: 'acme', jobs: [{ index: 0, token: 't', ref: 'r' }] };
  const neighbour = format1.newRevocationId();
  await send(queue, fromTheFuture(revocation));
  await send(queue, await format1.sliceMessage({ ...slice, revocation: neighbour }, keys));

  const ledger = await until('the neighbour to be parked', async () => {
    const { items } = await rescind.list('/v1/dead-letters', deadLetter);
    return items.length > 0 && items;
  });
  await until('it to be told of', () => printed('dead-letter.newer').length > 0);
  expect(ledger).toMatchObject([{ revocation: neighbour, ref: 'r' }]);
  expect(printed('dead-letter.newer')).toMatchObject([{ level: 'ERROR', version: 3, revocation }]);
  expect(
    await until('the rest to be gone', async () => {
      const messages = await held(queue);
      return messages.later === 1 && messages;
    }),
  ).toEqual({ now: 0, later: 1 });
});

it('nobody takes either of them for a stranger, nor for one that killed its worker', () => {
  expect(rescind.printed()).not.toMatch(/(slice|dead-letter)\.(unreadable|failed|careful|expired)/);
});
