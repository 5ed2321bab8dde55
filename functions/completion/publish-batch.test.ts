import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Announce } from '../../shared/completion/announce.ts';
import type { CompletionEvent } from '../../shared/completion/event.ts';
import { openTaskToken, sealTaskToken } from '../../shared/completion/task-token.ts';
import type { Outcome } from '../../shared/domain/outcome.ts';
import { newRevocationId, type Revocation } from '../../shared/domain/revocation.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import { SecretMissing } from '../../shared/secrets/secrets.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { mapTable, mortality } from '../../test/support/ledger-world.ts';
import { collectLog } from '../../test/support/log.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import { type AllStores, retentionDays, storesOn } from '../../test/support/stores.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { triedOnce } from '../../test/support/work.ts';
import { createEventBusChannel } from './event-bus.ts';
import { publishBatch } from './publish-batch.ts';
import { createTaskChannel, type TaskEnd } from './task.ts';
import { createWebhookChannel } from './webhook/channel.ts';

let started: TestTable;
let stores: AllStores;
beforeAll(async () => {
  started = await startTable();
  stores = storesOn(started.table);
});
afterAll(() => started[Symbol.asyncDispose]());

const secret = `whsec_${randomBytes(32).toString('base64')}`;
let announced: Revocation[];
let posts: { headers: Readonly<Record<string, string>>; body: string }[];
let status: number | Error;
let secretText: string | undefined;
let events: CompletionEvent[];
let refusal: string | undefined;
let tasks: [string, TaskEnd][];
let isWaiting: boolean;
let waits: number[];
let whenTold: (() => Promise<void>) | undefined;
const otherKeys = parseSealingKeys(generateSealingKeys());
beforeEach(() => {
  whenTold = undefined;
  [announced, posts, events, tasks, waits] = [[], [], [], [], []];
  status = 200;
  secretText = JSON.stringify({ secrets: [secret] });
  refusal = undefined;
  isWaiting = true;
});

const { log, lines } = collectLog();
const ofCompletions = async () => {
  if (secretText === undefined) throw new SecretMissing('no');
  return secretText;
};
const deps = () => ({
  ...stores,
  log,
  visibility: {
    defer: async (given: readonly { seconds: number }[]) => {
      waits.push(...given.map(({ seconds }) => seconds));
      return 0;
    },
  },
  channels: [
    createTaskChannel({
      secrets: { sealingKeys: async () => sealingKeys },
      completions: stores.completions,
      connect: async () => async (token, end) => {
        tasks.push([token, end]);
        await whenTold?.();
        whenTold = undefined;
        return isWaiting;
      },
      log,
    }),
    createEventBusChannel('default', async () => async ({ Detail, Source, DetailType }) => {
      expect([Source, DetailType]).toEqual(['rescind', 'Revocation Completed']);
      if (refusal === undefined) events.push(JSON.parse(Detail));
      return refusal;
    }),
    createWebhookChannel({
      url: 'https://hooks.example.com/',
      secrets: { ofCompletions },
      post: async (_, headers, body) => {
        if (status instanceof Error) throw status;
        posts.push({ headers, body });
        return status;
      },
    }),
  ],
});

/** A revocation of jobs that end with these outcomes; its completion is announced and not yet told. */
async function ended(outcomes: Outcome[], task?: string): Promise<Revocation> {
  const id = newRevocationId();
  const announcing = createRevocations(started.table, retentionDays, async (revocation) => {
    announced.push(revocation);
  });
  if (task !== undefined) {
    await stores.completions.keepTask(id, await sealTaskToken(id, task, sealingKeys));
  }
  await announcing.create({
    id,
    label: 'offboarding',
    requestedBy: 'tester',
    createdAt: '2026-01-01T00:00:00.000Z',
    total: outcomes.length,
    task: task === undefined ? undefined : true,
  });
  const records = new Map(outcomes.map((outcome, index) => [index, { ...triedOnce, outcome }]));
  await announcing.progress(id, 0, records, async () => records);
  const revocation = announced.at(-1);
  if (revocation?.id !== id) throw new Error('its completion was not announced');
  return revocation;
}

const deliver = (revocation: string, round = 0, receives = 1) =>
  deliverText(JSON.stringify({ v: 1, revocation, round }), receives);
const deliverText = (body: string, receives = 1) =>
  publishBatch(
    [
      {
        messageId: 'message-1',
        receiptHandle: 'receipt-1',
        body,
        attributes: {
          ApproximateReceiveCount: String(receives),
          SentTimestamp: '0',
          SenderId: '',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: '',
        awsRegion: '',
      },
    ],
    deps(),
  );
const done = { batchItemFailures: [] };
const kept = { batchItemFailures: [{ itemIdentifier: 'message-1' }] };

test('a completion is told everywhere, once, however often it is delivered', async () => {
  const { id } = await ended(['revoked', 'already_invalid', 'expired'], 'task-token-1');
  expect(await deliver(id)).toEqual(done);
  expect(await deliver(id)).toEqual(done);

  const counts = { total: 3, queued: 0, revoked: 1, already_invalid: 1, expired: 1, parked: 0 };
  const said = { event: `${id}-0`, id, label: 'offboarding', round: 0, allDead: true, counts };
  expect(events).toMatchObject([{ ...said, completedAt: expect.any(String) }]);
  expect(posts).toHaveLength(1);
  const [{ headers, body } = { headers: {}, body: '' }] = posts;
  expect(new Webhook(secret).verify(body, { ...headers })).toMatchObject({
    type: 'revocation.completed',
    data: said,
  });
  expect(headers).toMatchObject({ 'webhook-id': `${id}-0` });
  expect(tasks).toEqual([['task-token-1', { kind: 'success', output: expect.any(String) }]]);
  expect(JSON.parse(tasks[0]?.[1].kind === 'success' ? tasks[0][1].output : '')).toMatchObject(
    said,
  );
});

test.each<Outcome>(['parked', 'abandoned', 'unsupported'])(
  'a task fails where a token is %s',
  async (outcome) => {
    const { id } = await ended(['revoked', outcome], 'task-token-1');
    await deliver(id);
    expect(tasks).toEqual([
      [
        'task-token-1',
        { kind: 'failure', error: 'Rescind.TokensAlive', cause: expect.any(String) },
      ],
    ]);
    expect(events).toMatchObject([{ allDead: false }]);
  },
);

test('a task token is erased with its task, and stands nowhere in the clear', async () => {
  const { id } = await ended(['revoked'], 'task-token-2');
  const sealed = await stores.completions.sealedTask(id);
  expect(await openTaskToken(id, sealed ?? '', sealingKeys)).toBe('task-token-2');
  expect(JSON.stringify(await started.scan())).not.toContain('task-token-2');
  await deliver(id);
  expect(await stores.completions.sealedTask(id)).toBeUndefined();
  expect(JSON.stringify(lines)).not.toContain('task-token-2');
});

test('a task that nobody waits for is none that is tried again', async () => {
  isWaiting = false;
  const { id } = await ended(['revoked'], 'task-token-3');
  expect(await deliver(id)).toEqual(done);
  expect(await stores.completions.sealedTask(id)).toBeUndefined();
  expect(lines).toContainEqual(
    expect.objectContaining({ name: 'completion.unwanted', revocation: id }),
  );
});

test.each([
  ['whose key is gone', (id: string) => sealTaskToken(id, 't', otherKeys), 'not among the sealing'],
  ['that was altered', async () => 'e30.e30.e30.e30.e30', 'was altered'],
])('a task token %s is tried again, and kept until it opens', async (_, spoil, detail) => {
  const { id } = await ended(['revoked'], 'task-token-3');
  const sealed = (await stores.completions.sealedTask(id)) ?? '';
  await stores.completions.replaceTask(id, await spoil(id));
  expect(await deliver(id)).toEqual(kept);
  expect(lines).toContainEqual(
    expect.objectContaining({
      name: 'completion.failed',
      revocation: id,
      channel: 'task',
      detail: expect.stringContaining(detail),
    }),
  );
  await stores.completions.replaceTask(id, sealed);
  expect(await deliver(id)).toEqual(done);
  expect(tasks).toMatchObject([['task-token-3', { kind: 'success' }]]);
});

test('a task that comes while another one is ended is ended as well', async () => {
  const { id } = await ended(['revoked'], 'task-token-4');
  const next = await sealTaskToken(id, 'task-token-5', sealingKeys);
  whenTold = () => stores.completions.replaceTask(id, next);
  expect(await deliver(id)).toEqual(done);
  expect(tasks.map(([token]) => token)).toEqual(['task-token-4', 'task-token-5']);
  expect(await stores.completions.sealedTask(id)).toBeUndefined();
});

describe('a channel that fails', () => {
  test('does not keep it from the others, and is tried again alone, later each time', async () => {
    status = 503;
    refusal = 'InternalFailure';
    const { id } = await ended(['revoked'], 'task-token-1');
    expect(await deliver(id, 0, 1)).toEqual(kept);
    refusal = undefined;
    expect(await deliver(id, 0, 12)).toEqual(kept);
    status = 200;
    expect(await deliver(id, 0, 13)).toEqual(done);
    expect([tasks.length, events.length, posts.length]).toEqual([1, 1, 3]);
    expect(waits[0]).toBeLessThanOrEqual(10);
    expect(waits[1]).toBeGreaterThan(1000);
    expect(waits[1]).toBeLessThanOrEqual(3600);
    const ids = posts.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids)).toEqual(new Set([`${id}-0`]));
  });

  test.each([
    [301, 'answered 301, and redirects are not followed'],
    [410, 'answered 410'],
  ])('with %i says so', async (given, detail) => {
    status = given;
    const { id } = await ended(['revoked']);
    expect(await deliver(id)).toEqual(kept);
    expect(lines).toContainEqual(
      expect.objectContaining({
        name: 'completion.failed',
        revocation: id,
        channel: 'webhook',
        detail: expect.stringContaining(detail),
      }),
    );
  });

  test.each([
    [undefined, 'is missing'],
    ['{"secrets":["weak"]}', 'secrets.0 must be whsec_'],
    ['not JSON', 'must be {"secrets"'],
  ])('for want of its secret says so, quoting nothing', async (given, detail) => {
    secretText = given;
    const { id } = await ended(['revoked']);
    expect(await deliver(id)).toEqual(kept);
    const line = lines.find(
      ({ name, revocation }) => name === 'completion.failed' && revocation === id,
    );
    expect(line?.detail).toContain(detail);
    expect(line?.detail).not.toContain('weak');
  });
});

describe('a revocation that goes on', () => {
  test('before its completion was told has that of its next round told, and no other', async () => {
    const { id } = await ended(['revoked', 'parked']);
    await stores.revocations.reopen(id, 0, new Set([1]));
    expect(await deliver(id, 0)).toEqual(done);
    expect(events).toEqual([]);
    const records = new Map([[1, { ...triedOnce, outcome: 'revoked' as const }]]);
    await stores.revocations.progress(id, 0, records, async () => records);
    await deliver(id, 1);
    await deliver(id, 0);
    expect(events).toMatchObject([{ event: `${id}-1`, round: 1, allDead: true }]);
  });

  test('has its next completion announced, though the one before is delivered just then', async () => {
    const { id } = await ended(['parked']);
    await stores.revocations.reopen(id, 0, new Set([0]));
    const records = new Map([[0, { ...triedOnce, outcome: 'revoked' as const }]]);
    const rounds: (number | undefined)[] = [];
    const worker = (announce: Announce) =>
      createRevocations(started.table, retentionDays, announce).progress(
        id,
        0,
        records,
        async () => records,
      );
    await expect(worker(() => Promise.reject(new Error('it dies')))).rejects.toThrow('it dies');
    expect(await deliver(id, 0)).toEqual(done);
    await worker(async ({ reopens }) => void rounds.push(reopens));
    expect(rounds).toEqual([1]);
  });

  test('with a part that is queued again before the revocation says so is told later', async () => {
    const { revocations, parts } = stores;
    const id = newRevocationId();
    await revocations.create({
      id,
      requestedBy: 'tester',
      createdAt: '2026',
      total: 0,
      open: true,
    });
    await revocations.addPart(id, 1);
    await parts.create(id, { number: 1, digest: 'd', total: 1 });
    await revocations.close(id, '2026', 1);
    const parked = new Map([[0, { ...triedOnce, outcome: 'parked' as const }]]);
    await revocations.progress(id, 1, parked, async () => parked);
    const { mortal } = mortality({ request: 1, after: true });
    const dying = storesOn(mapTable(started.table, (request) => mortal(request, async () => {})));
    await expect(dying.revocations.reopen(id, 1, new Set([0]))).rejects.toThrow('dead');

    expect(await deliver(id, 0)).toEqual(kept);
    expect(events).toEqual([]);
    await revocations.reopen(id, 1, new Set([0]));
    expect(await deliver(id, 0)).toEqual(done);
    expect(events).toEqual([]);
  });

  test('that is gone, or not complete, has nothing told', async () => {
    const id = newRevocationId();
    expect(await deliver(id)).toEqual(done);
    await stores.revocations.create({ id, requestedBy: 'tester', createdAt: '2026', total: 1 });
    expect(await deliver(id)).toEqual(done);
    expect(events).toEqual([]);
  });
});

test('is announced before it is noted, and told though the note was never made', async () => {
  const { id, completedAt } = await ended(['revoked']);
  expect(completedAt).toBeUndefined();
  await started.table.update({ pk: `REV#${id}`, sk: 'PART#000000' }, 'REMOVE completedAt', {});
  await deliver(id);
  expect(events).toMatchObject([{ id, completedAt: expect.any(String) }]);
});

test('an announcement that fails is made again', async () => {
  const id = newRevocationId();
  let isDown = true;
  const announcing = createRevocations(started.table, retentionDays, async (revocation) => {
    if (isDown) throw new Error('SQS is down');
    announced.push(revocation);
  });
  await announcing.create({ id, requestedBy: 'tester', createdAt: '2026', total: 1 });
  const records = new Map([[0, { ...triedOnce, outcome: 'revoked' as const }]]);
  const progress = () => announcing.progress(id, 0, records, async () => records);
  await expect(progress()).rejects.toThrow('SQS is down');
  isDown = false;
  await progress();
  await progress();
  expect(announced.map((each) => each.id)).toEqual([id]);
});

test.each(['', 'x', '{}', '{"v":2,"revocation":"rev_1","round":0}'])(
  'the message %j stays on the queue',
  async (body) => {
    expect(await deliverText(body)).toEqual(kept);
    expect(lines).toContainEqual(expect.objectContaining({ name: 'completion.unreadable' }));
  },
);
