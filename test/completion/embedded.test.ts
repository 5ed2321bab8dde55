import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accepted } from '../../functions/api/contract/answers.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { type AwsRecorder, startAwsRecorder } from '../support/aws-recorder.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const secrets = [0, 1].map(() => `whsec_${randomBytes(32).toString('base64')}`);
const received: { headers: Record<string, string>; body: string }[] = [];
const endpoint = createServer(async (request, response) => {
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  received.push({ headers: Object.fromEntries(headers), body: await text(request) });
  response.writeHead(204).end();
});

let acme: ScriptedProvider;
let eventBridge: AwsRecorder;
let stepFunctions: AwsRecorder;
let rescind: TestStack;

beforeAll(async () => {
  acme = await startScriptedProvider('acme', ({ token }) =>
    token.startsWith('bad') ? { status: 400, body: '{"error":"unsupported_token_type"}' } : ok,
  );
  eventBridge = await startAwsRecorder();
  stepFunctions = await startAwsRecorder();
  rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret, 'completion/webhook': { secrets } },
    completion: {
      webhook: `${await listenOnLoopback(endpoint, 0)}/hook`,
      eventBus: 'default',
      eventBridgeUrl: eventBridge.url,
      stepFunctionsUrl: stepFunctions.url,
    },
  });
});
afterAll(async () => {
  await rescind[Symbol.asyncDispose]();
  await Promise.all([acme, eventBridge, stepFunctions].map((each) => each[Symbol.asyncDispose]()));
  endpoint.closeAllConnections();
  endpoint.close();
});

const submit = async (body: unknown) => {
  const answer = await rescind.api('/v1/revocations', {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return accepted.parse(await answer.json());
};
const webhookOf = (id: string) => received.find(({ body }) => body.includes(id));
const eventsOf = (id: string) =>
  eventBridge.requests.filter(({ body }) => JSON.stringify(body).includes(id));
const tasksOf = (token: string) =>
  stepFunctions.requests.filter(({ body }) => JSON.stringify(body).includes(token));

test('a completed revocation is told to the bus, the endpoint and the state machine', async () => {
  const jobs = [{ provider: 'acme', token: 'token-1' }];
  const { id } = await submit({ label: 'offboarding', taskToken: 'task-token-1', jobs });
  const webhook = await until('the webhook', () => webhookOf(id));
  await until('the event', () => eventsOf(id).length > 0);
  await until('the task', () => tasksOf('task-token-1').length > 0);

  for (const secret of secrets) {
    expect(new Webhook(secret).verify(webhook.body, webhook.headers)).toMatchObject({
      type: 'revocation.completed',
      data: { id, label: 'offboarding', allDead: true, counts: { total: 1, revoked: 1 } },
    });
  }
  expect(eventsOf(id)).toMatchObject([
    {
      target: 'AWSEvents.PutEvents',
      body: { Entries: [{ EventBusName: 'default', Source: 'rescind' }] },
    },
  ]);
  expect(tasksOf('task-token-1')).toMatchObject([
    { target: 'AWSStepFunctions.SendTaskSuccess', body: { taskToken: 'task-token-1' } },
  ]);
  expect(rescind.printed()).not.toContain('task-token-1');
});

test('a state machine is told that tokens are alive, and one that has gone is let go', async () => {
  const jobs = [{ provider: 'acme', token: 'bad-1' }];
  await submit({ taskToken: 'task-token-2', jobs });
  await until('the failure', () => tasksOf('task-token-2').length > 0);
  expect(tasksOf('task-token-2')).toMatchObject([
    { target: 'AWSStepFunctions.SendTaskFailure', body: { error: 'Rescind.TokensAlive' } },
  ]);

  stepFunctions.refuse('TaskTimedOut');
  const { id } = await submit({ taskToken: 'task-token-3', jobs });
  await until('the line', () => rescind.printed().includes('completion.unwanted'));
  expect(rescind.printed()).toContain(id);
});

test('a revocation of several parts has one completion, when it is closed', async () => {
  const { id } = await submit({ open: true, jobs: [{ provider: 'acme', token: 'token-2' }] });
  const call = (path: string, method: string, body: unknown) =>
    rescind.api(`/v1/revocations/${id}/${path}`, { method, body: JSON.stringify(body) });
  await call('parts/1', 'PUT', { jobs: [{ provider: 'acme', token: 'token-3' }] });
  await until('the jobs to end', async () => {
    const { counts } = await rescind.client.revocation(id);
    return counts.revoked === 2;
  });
  expect(webhookOf(id)).toBeUndefined();
  expect((await call('close', 'POST', { parts: 2 })).status).toBe(200);
  const webhook = await until('the webhook', () => webhookOf(id));
  expect(JSON.parse(webhook.body)).toMatchObject({ data: { counts: { total: 2, revoked: 2 } } });
});

test('a state machine that waits for a person’s deletion goes on, also where there is nothing to revoke', async () => {
  const call = async (path: string, method: string, body: unknown) => {
    const answer = await rescind.api(`/v1/subjects/jane/${path}`, {
      method,
      body: JSON.stringify(body),
    });
    expect([201, 202]).toContain(answer.status);
  };
  await call('revoke', 'POST', { taskToken: 'task-token-4' });
  await call('grants/g', 'PUT', { provider: 'acme', accessToken: 'token-4' });
  await call('revoke', 'POST', { taskToken: 'task-token-5' });
  for (const [token, total] of [
    ['task-token-4', 0],
    ['task-token-5', 1],
  ] as const) {
    await until('the task', () => tasksOf(token).length > 0);
    expect(tasksOf(token)).toMatchObject([{ target: 'AWSStepFunctions.SendTaskSuccess' }]);
    expect(JSON.stringify(tasksOf(token))).toContain(`\\"total\\":${total}`);
  }
});
