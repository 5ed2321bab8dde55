import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeadLetterRow, deadLetter } from '../../functions/api/contract/answers.ts';
import { tableName } from '../../local/stack.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import * as format1 from './format-1.ts';
import { type Left, leaveBehind } from './leave-behind.ts';

const { text: sealingKeys, keys } = format1.newKeys();
const yesterday = Math.floor(Date.now() / 1000) - 86_400;
const written = new Date(yesterday * 1000).toISOString();

const revoked = { outcome: 'revoked', evidence: 'accepted', attempts: 1, httpStatus: 200 } as const;
const parked = { outcome: 'parked', reason: 'refused', detail: 'http 403', attempts: 1 } as const;
const waiting = { reason: 'exhausted', detail: 'http 503', attempts: 2, answers: 2 } as const;
const at = (record: Omit<format1.Written, 'at'>): format1.Written => ({ ...record, at: yesterday });

/** A slice of the first version; its tokens say what the provider will do with them. */
function aSlice(name: string, tokens: readonly string[], slice = 0): format1.Slice {
  const revocation = revocations[name] ?? format1.newRevocationId();
  revocations[name] = revocation;
  const jobs = tokens.map((token, nth) => {
    const index = slice * 25 + nth;
    return { index, token: `${token}-${name}-${index}`, ref: `${name}-${index}` };
  });
  return { revocation, part: 0, slice, provider: 'acme', jobs };
}
const revocations: Record<string, string> = {};

const partOf = (
  name: string,
  rest: Omit<Parameters<typeof format1.partItem>[0], 'id' | 'requestedBy' | 'createdAt'>,
) =>
  format1.partItem({
    id: revocations[name] ?? '',
    requestedBy: 'local',
    createdAt: written,
    acceptedAt: written,
    ...rest,
  });

/** What the first version left: nothing done, half done, done but not told, done, given up. */
async function left(): Promise<Omit<Left, 'directory'>> {
  const fresh = [
    aSlice('fresh', Array(25).fill('good')),
    aSlice('fresh', Array(25).fill('good'), 1),
    aSlice('fresh', Array(10).fill('good'), 2),
  ];
  const half = aSlice('half', ['good', 'good', 'good', 'refused']);
  const untold = aSlice('untold', ['good', 'refused', 'good']);
  const partly = aSlice('partly', ['refused', 'refused', 'good']);
  const done = aSlice('done', ['good', 'refused']);
  const lost = aSlice('lost', ['good', 'good']);

  const body = (slice: format1.Slice) => format1.sliceMessage(slice, keys);
  const item = (slice: format1.Slice, records: Record<number, format1.Written>) =>
    format1.sliceItem(slice, records, keys);
  const halfRecords = {
    0: at(revoked),
    1: at(waiting),
    2: at({ attempts: 0 }),
    3: at({ attempts: 0 }),
  };
  const untoldRecords = { 0: at(revoked), 1: at(parked), 2: at(revoked) };
  const partlyRecords = { 0: at(parked), 1: at(waiting), 2: at(waiting) };
  const doneRecords = { 0: at(revoked), 1: at(parked) };
  const messages = {
    queued: await Promise.all(fresh.map(body)),
    half: await body(half),
    untold: await body(untold),
    partly: await body(partly),
    done: await body(done),
    lost: await body(lost),
  };
  const underWay = [messages.half, messages.untold, messages.partly];
  return {
    sealingKeys,
    lanes: [{ provider: 'acme', queued: messages.queued, underWay }],
    dead: [messages.lost],
    items: [
      partOf('fresh', { label: 'of the first version', total: 60 }),
      partOf('half', { total: 4, revoked: [0] }),
      item(half, halfRecords),
      // Its worker died before it could tell the ledger and the part.
      partOf('untold', { total: 3 }),
      item(untold, untoldRecords),
      partOf('partly', { total: 3, parked: [0] }),
      item(partly, partlyRecords),
      format1.ledgerItem(partly, partlyRecords, messages.partly, keys),
      partOf('done', { total: 2, revoked: [0], parked: [1], completedAt: written }),
      item(done, doneRecords),
      format1.ledgerItem(done, doneRecords, messages.done, keys),
      partOf('lost', { total: 2 }),
      format1.idempotencyItem(
        {
          requestedBy: 'local',
          key: 'first-version',
          body: JSON.stringify({
            label: 'of the first version',
            jobs: [{ provider: 'acme', token: 'x' }],
          }),
          revocation: revocations.fresh ?? '',
        },
        keys,
      ),
    ],
  };
}

describe('a deployment over what the first version left', () => {
  let acme: ScriptedProvider;
  let rescind: TestStack;
  let ledger: readonly DeadLetterRow[];
  beforeAll(async () => {
    acme = await startScriptedProvider('acme', ({ token }) =>
      token.startsWith('refused') ? { status: 403, body: '{"error":"access_denied"}' } : ok,
    );
    const directory = await leaveBehind(await left());
    rescind = await startTestStack({
      providers: [acme.entry],
      secrets: { acme: acme.secret },
      directory,
    });
    for (const id of Object.values(revocations)) await rescind.completed(id);
    ledger = (await rescind.list('/v1/dead-letters?limit=100', deadLetter)).items;
  });
  afterAll(async () => {
    await rescind[Symbol.asyncDispose]();
    await acme[Symbol.asyncDispose]();
  });

  const result = (name: string) => rescind.completed(revocations[name] ?? '');
  const parkedOf = (name: string) =>
    ledger.filter(({ revocation }) => revocation === revocations[name]);

  it('does what was queued: every job once, and counts equal rows', async () => {
    const { revocation, outcomes } = await result('fresh');
    expect(revocation).toMatchObject({
      label: 'of the first version',
      counts: { total: 60, revoked: 60, queued: 0 },
    });
    expect(outcomes).toHaveLength(60);
    expect(acme.calls.filter(({ token }) => token.includes('fresh'))).toHaveLength(60);
  });

  it('does only the rest of what was half done, and counts the tries that were made', async () => {
    const { revocation, outcomes } = await result('half');
    expect(revocation.counts).toMatchObject({ total: 4, revoked: 3, parked: 1 });
    expect(outcomes).toMatchObject([
      { ref: 'half-0', outcome: 'revoked', attempts: 1, updatedAt: written },
      { ref: 'half-1', outcome: 'revoked', attempts: 3 },
      { ref: 'half-2', outcome: 'revoked', attempts: 1 },
      { ref: 'half-3', outcome: 'parked', reason: 'refused', attempts: 1 },
    ]);
    expect(acme.callsFor('good-half-0')).toEqual([]);
  });

  it('tells the ledger and the counts what had only been written of the slice, and calls nobody', async () => {
    const { revocation } = await result('untold');
    expect(revocation.counts).toMatchObject({ total: 3, revoked: 2, parked: 1 });
    expect(parkedOf('untold')).toMatchObject([{ ref: 'untold-1', reason: 'refused' }]);
    expect(acme.calls.filter(({ token }) => token.includes('untold'))).toEqual([]);
  });

  it('adds to a ledger entry, which keeps its jobs and is then of the current format', async () => {
    const { revocation } = await result('partly');
    expect(revocation.counts).toMatchObject({ total: 3, revoked: 1, parked: 2 });
    expect(parkedOf('partly')).toMatchObject([
      { ref: 'partly-0', reason: 'refused', attempts: 1, parkedAt: written },
      { ref: 'partly-1', reason: 'refused', attempts: 3 },
    ]);
    const entry = await itemOf(rescind, revocation.id, 'LEDGER#000000#000000');
    expect(entry).toMatchObject({ schema: 2, version: 2 });
    // Accepted when it was sent, which was just before this stack started.
    expect(Number(entry.acceptedAt)).toBeGreaterThan(Date.now() / 1000 - 600);
    expect(Number(entry.acceptedAt)).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it('shows what had ended and what was parked as it was', async () => {
    const { revocation, outcomes } = await result('done');
    expect(revocation).toMatchObject({
      completedAt: written,
      counts: { total: 2, revoked: 1, parked: 1 },
    });
    expect(outcomes.map(({ updatedAt }) => updatedAt)).toEqual([written, written]);
    expect(parkedOf('done')).toMatchObject([
      { ref: 'done-1', reason: 'refused', detail: 'http 403', parkedAt: written },
    ]);
  });

  it('parks what the first version had given up', async () => {
    const { revocation } = await result('lost');
    expect(revocation.counts).toMatchObject({ total: 2, parked: 2 });
    expect(parkedOf('lost').map(({ reason }) => reason)).toEqual(['crashed', 'crashed']);
  });

  it('knows the Idempotency-Keys that were used', async () => {
    const again = await rescind.api('/v1/revocations', {
      method: 'POST',
      headers: { 'idempotency-key': 'first-version' },
      body: JSON.stringify({
        jobs: [{ token: 'x', provider: 'acme' }],
        label: 'of the first version',
      }),
    });
    expect(await again.json()).toMatchObject({ id: revocations.fresh });
  });

  it('takes nothing for a stranger, for newer than itself, or for a slice that killed its worker', () => {
    expect(rescind.printed()).toContain('batch.done');
    expect(rescind.printed()).not.toMatch(/slice\.(unreadable|newer|careful|unopened|failed)/);
    expect(rescind.printed()).not.toMatch(/dead-letter\.(unreadable|newer|failed)/);
  });
});

async function itemOf(rescind: TestStack, revocation: string, sk: string) {
  const { env } = rescind.stack;
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
  const Key = { pk: { S: `REV#${revocation}` }, sk: { S: sk } };
  const { Item = {} } = await client.send(new GetItemCommand({ TableName: tableName, Key }));
  client.destroy();
  return unmarshall(Item);
}
