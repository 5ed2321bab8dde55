import { afterAll, describe, expect, test } from 'vitest';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { tellEnded } from '../../shared/metrics/tell-ended.ts';
import { ledgerKey, sliceKey } from '../../shared/store/keys.ts';
import type { Stores } from '../../shared/store/write-down.ts';
import { expectCountsToFit, statesOf } from '../../test/support/dead-letters.ts';
import { collectLog } from '../../test/support/log.ts';
import { collectMetrics } from '../../test/support/metrics.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { sqsRecord } from '../../test/support/sqs-record.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import { recordWork } from '../../test/support/work.ts';
import { parkBatch } from './park-batch.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const stores = storesOn(table);

/** A slice that belongs to a revocation of as many jobs. */
async function aSlice(...tokens: string[]): Promise<SliceMessage> {
  const message = await sliceOf(tokens);
  await stores.revocations.create({
    id: message.revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: tokens.length,
  });
  return message;
}

async function park(messages: readonly (SliceMessage | string)[], own: Stores = stores) {
  const { log, lines } = collectLog();
  const measured = collectMetrics();
  const { metrics } = measured;
  const told = { ...own, slices: tellEnded(own.slices, metrics, log) };
  const records = messages.map((message) => sqsRecord(message, { receives: 1001 }));
  const { batchItemFailures } = await parkBatch(records, { stores: told, log, metrics });
  const kept = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  return { kept: records.map(({ messageId }) => kept.includes(messageId)), lines, measured };
}

/** Reason and detail of each parked job, by index. */
async function ledgerOf(message: SliceMessage): Promise<Record<string, Partial<JobRecord>>> {
  const item = await table.get(ledgerKey(message));
  return { ...(item?.entries ?? {}) };
}

describe('why a job is parked', () => {
  test('nothing written down: its workers died', async () => {
    const message = await aSlice('a', 'b');
    expect(await park([message])).toMatchObject({ kept: [false] });
    expect(await ledgerOf(message)).toMatchObject({
      0: { reason: 'crashed', attempts: 0, ref: 'ref-0' },
      1: { reason: 'crashed' },
    });
  });

  test.each<[string, Partial<JobRecord>, object]>([
    ['it was under way alone when the worker died', { crashes: 1 }, { reason: 'crashed' }],
    [
      'our credentials were wrong',
      { reason: 'misconfigured', detail: 'http 401' },
      { reason: 'misconfigured', detail: 'http 401' },
    ],
    [
      'its tries ended',
      { reason: 'exhausted', detail: 'http 503', attempts: 7, httpStatus: 503 },
      { reason: 'exhausted', detail: 'http 503', attempts: 7, httpStatus: 503 },
    ],
    [
      'it only ever waited for its lane',
      { attempts: 0 },
      { reason: 'exhausted', attempts: 0, detail: 'its message was delivered too often' },
    ],
  ])('%s', async (_, record, parked) => {
    const message = await aSlice('a');
    await recordWork(message, stores, record);
    await park([message]);
    expect(await ledgerOf(message)).toMatchObject({ 0: parked });
  });
});

test('a job whose provider has said yes is not parked for a look-up that never came', async () => {
  const message = await aSlice('a');
  await recordWork(message, stores, {
    evidence: 'accepted',
    reason: 'exhausted',
    detail: 'http 503',
  });
  expect(await park([message])).toMatchObject({ kept: [false] });
  expect(await ledgerOf(message)).toEqual({});
  expect((await stores.slices.read(message))?.records.get(0)).toMatchObject({
    outcome: 'revoked',
    evidence: 'accepted',
    detail: 'not verified: http 503',
    reason: undefined,
  });
});

test('a slice that older workers left alone until SQS gave it up has not crashed', async () => {
  const message = await aSlice('a');
  const record = sqsRecord(message, { receives: 1001 });
  const { messageId } = record;
  await stores.slices.leftAlone.note(message, { messageId, receives: 1000 });
  const { log } = collectLog();
  await parkBatch([record], { stores, log, metrics: collectMetrics().metrics });
  expect(await ledgerOf(message)).toMatchObject({ 0: { reason: 'exhausted' } });
});

test('what has ended stays as it is, and only the rest is parked, with the sealed slice', async () => {
  // Prepare
  const message = await aSlice('a', 'b', 'c');
  await recordWork(
    message,
    stores,
    { outcome: 'revoked' },
    { reason: 'exhausted' },
    { crashes: 2 },
  );

  // Act
  const { lines, measured } = await park([message]);

  // Assess
  expect(Object.keys(await ledgerOf(message))).toEqual(['1', '2']);
  expect(await table.get(ledgerKey(message))).toMatchObject({ sealed: message.sealed });
  expect(await stores.revocations.get(message.revocation)).toMatchObject({
    ended: { revoked: 1, parked: 2 },
    completedAt: expect.any(String),
  });
  expect(lines).toMatchObject([
    { name: 'job.parked', job: `${message.revocation}/0/1`, reason: 'exhausted' },
    { name: 'job.parked', job: `${message.revocation}/0/2`, reason: 'crashed' },
    { name: 'dead-letter.parked', provider: 'test' },
  ]);
  expect(measured.sums('Parked')).toEqual({ 'test exhausted': 1, 'test crashed': 1 });
});

test('jobs that were sent again are parked anew, as crashed when nobody wrote anything down', async () => {
  const message = await aSlice('a', 'b');
  const parked = { outcome: 'parked', reason: 'exhausted', attempts: 8 } as const;
  await recordWork(message, stores, parked, { outcome: 'revoked' });
  const sent: SliceMessage[] = [];
  const lanes = { send: async (messages: readonly SliceMessage[]) => void sent.push(...messages) };
  await redrive([{ place: message, wanted: () => true }], { stores, lanes });

  expect(await park(sent)).toMatchObject({ kept: [false] });

  expect(await ledgerOf(message)).toMatchObject({
    0: { reason: 'crashed', attempts: 8, redrives: 1 },
  });
  expect(await statesOf(message, stores)).toEqual({ 0: 'parked' });
  await expectCountsToFit(message, stores);
});

test('a dead letter that comes twice parks once', async () => {
  const message = await aSlice('a');
  await park([message]);
  const before = await ledgerOf(message);
  const { measured } = await park([message, message]);
  expect(measured.sums('Parked')).toEqual({});
  expect(await ledgerOf(message)).toEqual(before);
  expect((await stores.revocations.get(message.revocation))?.ended.parked).toBe(1);
});

describe('what stays in the dead-letter queue', () => {
  test('is what is not a slice of ours, while the rest is parked', async () => {
    const message = await aSlice('a');
    const damaged = JSON.stringify({ ...message, jobs: [] });
    const foreign = ['not json', '{"hello":"token-4711"}', damaged];
    const { kept, lines } = await park([...foreign, message]);
    expect(kept).toEqual([true, true, true, false]);
    expect(lines.filter(({ name }) => name === 'dead-letter.unreadable')).toHaveLength(3);
    expect(JSON.stringify(lines)).not.toContain('4711');
    expect(await ledgerOf(message)).toHaveProperty('0');
  });

  test('is what a newer version wrote, while the rest is parked', async () => {
    const [message, other, third] = [await aSlice('a'), await aSlice('b'), await aSlice('c')];
    const newer = JSON.stringify({ ...message, v: 3, sealed: undefined });
    await table.put({ ...sliceKey(other), schema: 3, hint: 'of a newer version' });
    const { kept, lines } = await park([newer, other, third]);
    expect(kept).toEqual([true, true, false]);
    expect(lines).toMatchObject([
      { name: 'dead-letter.newer', version: 3, revocation: message.revocation },
      { name: 'dead-letter.newer', version: 3, revocation: other.revocation },
      { name: 'job.parked', revocation: third.revocation },
      { name: 'dead-letter.parked' },
    ]);
    expect(await ledgerOf(message)).toEqual({});
    expect(await table.get(sliceKey(other))).toMatchObject({ hint: 'of a newer version' });
  });

  test('is what could not be parked, until it can', async () => {
    // Prepare
    const [one, other] = [await aSlice('a'), await aSlice('b')];
    const failing: Stores = {
      ...stores,
      ledger: {
        ...stores.ledger,
        park: async (message, jobs) => {
          if (message.revocation === one.revocation) throw new Error('DynamoDB is away');
          await stores.ledger.park(message, jobs);
        },
      },
    };

    // Act
    const first = await park([one, other], failing);
    const second = await park([one]);

    // Assess
    expect(first.kept).toEqual([true, false]);
    expect(first.lines).toContainEqual(
      expect.objectContaining({ name: 'dead-letter.failed', revocation: one.revocation }),
    );
    expect(second.kept).toEqual([false]);
    expect(await ledgerOf(one)).toMatchObject({ 0: { reason: 'crashed' } });
  });
});
