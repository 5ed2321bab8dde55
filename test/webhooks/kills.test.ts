import type { ChildProcess } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revocation } from '../../functions/api/contract/answers.ts';
import { type Sandbox, startSandbox } from '../../local/sandbox/index.ts';
import { deliveryKey } from '../../shared/store/keys.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { type AwsRequest, createTap, type Tap } from '../support/tap.ts';
import { until } from '../support/until.ts';

const secret = 'a-shared-secret-of-32-characters';

let polar: Sandbox<'polar'>;
let tap: Tap;
let rescind: TestStack;
let dynamoDb: DynamoDBClient;
let webhook: ChildProcess | undefined;
/** When the webhook function's process is killed next. */
let kill: { when: 'before' | 'after'; on: (request: AwsRequest) => boolean } | undefined;

async function killed(): Promise<void> {
  kill = undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  webhook?.once('exit', () => resolve());
  webhook?.kill('SIGKILL');
  await promise;
}

beforeAll(async () => {
  polar = await startSandbox('polar');
  tap = createTap({
    before: async (request) => {
      if (kill?.when !== 'before' || !kill.on(request)) return undefined;
      await killed();
      throw new Error('the request is lost with whoever sent it');
    },
    after: async (request) => {
      if (kill?.when === 'after' && kill.on(request)) await killed();
    },
  });
  rescind = await startTestStack({
    providers: [polar.provider],
    secrets: { polar: polar.secret, 'webhooks/own': { secrets: [secret] } },
    sources: [
      {
        id: 'own',
        kind: 'hmac',
        options: { signature: { header: 'sig' }, id: { path: '$.id' } },
        rules: [
          { event: 'leaked', revoke: 'token', provider: 'polar', token: '$.token' },
          { event: 'left', revoke: 'subject', subject: '$.person' },
        ],
      },
    ],
    tap: tap.tap,
    processes: (name) => ({
      execArgv: [],
      env: {},
      started: (child) => {
        if (name === 'webhook') webhook = child;
      },
    }),
  });
  const { env } = rescind.stack;
  dynamoDb = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  dynamoDb.destroy();
  await rescind[Symbol.asyncDispose]();
  await Promise.all([polar, tap].map((each) => each[Symbol.asyncDispose]()));
});

const send = (event: object): Promise<Response> => {
  const body = JSON.stringify(event);
  const sig = createHmac('sha256', secret).update(body).digest('hex');
  return fetch(`${rescind.stack.url}/v1/webhooks/own`, { method: 'POST', headers: { sig }, body });
};

const issueOne = async (): Promise<string> => {
  const [issued] = await polar.issue({ count: 1 });
  if (issued === undefined) throw new Error('the sandbox issued nothing');
  return issued.token;
};
const revocations = async () => (await rescind.list('/v1/revocations', revocation)).items;

/** Has a delivery look as if it had begun long ago. */
async function passTime(id: string): Promise<void> {
  const { pk, sk } = deliveryKey('own', createHash('sha256').update(id).digest('hex'));
  await dynamoDb
    .send(
      new UpdateItemCommand({
        TableName: 'rescind',
        Key: { pk: { S: pk }, sk: { S: sk } },
        UpdateExpression: 'SET begunAt = :past',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':past': { N: '1' } },
      }),
    )
    .catch((error: unknown) => {
      // Killed before it was remembered.
      if (!(error instanceof Error && error.name === 'ConditionalCheckFailedException'))
        throw error;
    });
}

const call =
  (operation: string, ...marks: readonly string[]) =>
  (request: AwsRequest) =>
    request.operation === operation &&
    marks.every((mark) => JSON.stringify(request.body).includes(mark));

/** What the function asks of AWS for a token, in this order. */
const steps: readonly [string, (request: AwsRequest) => boolean][] = [
  ['the claim of the delivery', call('PutItem', 'HOOK#')],
  ['the claim of the idempotency key', call('PutItem', 'IDEM#')],
  ['the revocation', call('PutItem', 'REV#', 'PART#')],
  ['the send', call('SendMessageBatch')],
  ['the acceptance', call('UpdateItem', 'acceptedAt')],
  ['the end of the delivery', call('UpdateItem', 'HOOK#', 'SET done')],
];
/** What it asks besides for a person. */
const stepsOfPeople: typeof steps = [
  ['the plan', call('PutItem', 'SUBJECT#', 'PLAN')],
  ['the mark of the grant', call('PutItem', 'SUBJECT#', 'GRANT#', 'revoking')],
];

const places = (of: typeof steps) =>
  of.flatMap(([name, on]) => (['before', 'after'] as const).map((when) => ({ name, when, on })));

async function survives(event: { id: string; type: string }, token: string): Promise<void> {
  const before = await revocations();
  expect((await send(event)).status).toBe(503);
  expect(kill).toBeUndefined();
  await passTime(event.id);
  expect((await send(event)).status).toBe(202);
  await until('the token to be dead', async () => !(await polar.isAlive(token)));
  expect((await send(event)).status).toBe(202);

  const made = (await revocations()).slice(0, -before.length || undefined);
  expect(made).toHaveLength(1);
  const { revocation: completed, outcomes } = await rescind.completed(made[0]?.id ?? '');
  expect(completed.counts).toMatchObject({ total: 1, queued: 0, revoked: 1 });
  expect(outcomes).toHaveLength(1);
}

describe('killed', () => {
  it.each(places(steps))('$when $name, it revokes a token when it is told again', async (step) => {
    const token = await issueOne();
    const id = `token, ${step.when} ${step.name}`;
    kill = step;
    const event = { id, type: 'leaked', token };
    await survives(event, token);
  });

  it.each(places(stepsOfPeople))('$when $name, it revokes a person’s', async (step) => {
    const token = await issueOne();
    const person = `${step.when} ${step.name}`;
    const path = `/v1/subjects/${encodeURIComponent(person)}/grants/one`;
    const grant = { provider: 'polar', accessToken: token };
    const { status } = await rescind.api(path, { method: 'PUT', body: JSON.stringify(grant) });
    expect(status).toBe(201);
    kill = step;
    const event = { id: person, type: 'left', person };
    await survives(event, token);
  });

  it('it lets nobody go on who comes before it is surely dead', async () => {
    const token = await issueOne();
    const event = { id: 'soon', type: 'leaked', token };
    kill = { when: 'after', on: call('PutItem', 'HOOK#') };
    expect((await send(event)).status).toBe(503);
    const soon = await send(event);
    expect(soon.status).toBe(503);
    expect(soon.headers.get('retry-after')).toBe('10');
    expect(await soon.text()).toContain('being taken in right now');
    expect(await polar.isAlive(token)).toBe(true);
  });
});
