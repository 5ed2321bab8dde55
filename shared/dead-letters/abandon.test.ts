import { afterAll, describe, expect, test } from 'vitest';
import { expectCountsToFit, rowsOf, statesOf } from '../../test/support/dead-letters.ts';
import { recordWork } from '../../test/support/work.ts';
import { startWorker } from '../../test/support/worker.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from '../store/keys.ts';
import type { Stores } from '../store/write-down.ts';
import { abandon } from './abandon.ts';
import { redrive } from './redrive.ts';

const worker = await startWorker();
const { table } = worker.table;
const { stores } = worker.deps;
afterAll(() => worker[Symbol.asyncDispose]());

const decision = { by: 'jane', note: 'revoked by hand' };
const parked: Partial<JobRecord> = { outcome: 'parked', reason: 'refused' };

async function aSlice(...records: Partial<JobRecord>[]): Promise<SliceMessage> {
  const message = await worker.aSlice(...records.map((_, index) => `token-${index}`));
  await recordWork(message, stores, ...records);
  return message;
}

const entryOf = (message: SliceMessage) => table.get(ledgerKey(message));
const give = (message: SliceMessage, indexes: number[], own = stores, why = decision) =>
  abandon(message, new Set(indexes), why, own);

test('keeps who and why, and erases the sealed tokens with the last that needs them', async () => {
  const message = await aSlice(parked, { outcome: 'revoked' }, parked);

  expect(await give(message, [0])).toEqual(new Set([0]));
  expect(await entryOf(message)).toMatchObject({
    sealed: message.sealed,
    entries: { 0: { state: 'abandoned', ...decision }, 2: { reason: 'refused' } },
  });
  expect(await give(message, [2])).toEqual(new Set([2]));

  const entry = await entryOf(message);
  expect(entry).not.toHaveProperty('sealed');
  expect(entry).not.toHaveProperty('lpk');
  expect(entry).toMatchObject({ entries: { 0: decision, 2: decision } });
  expect(await rowsOf(message, stores)).toEqual(['abandoned', 'revoked', 'abandoned']);
  expect((await worker.recordsOf(message))[0]).toMatchObject({ reason: 'refused', decision });
  await expectCountsToFit(message, stores);
});

test('repeated, answers the same and changes nothing, whoever says it', async () => {
  const message = await aSlice(parked);
  await give(message, [0]);
  const before = await entryOf(message);
  expect(await give(message, [0], stores, { by: 'joe', note: 'me too' })).toEqual(new Set([0]));
  expect(await entryOf(message)).toEqual(before);
  await expectCountsToFit(message, stores);
});

test('leaves alone what is not parked, or not there', async () => {
  const message = await aSlice(parked, { outcome: 'revoked' });
  await redrive([{ place: message, wanted: () => true }], {
    stores,
    lanes: { send: async () => undefined },
  });
  expect(await give(message, [0, 1, 7])).toEqual(new Set());
  expect(await statesOf(message, stores)).toEqual({ 0: 'queued' });
  expect(await give({ ...message, slice: 5 }, [0])).toEqual(new Set());
});

test.each(['revoked', 'expired'] as const)(
  'takes a job out of the ledger that its slice calls %s: there is nothing to give up',
  async (outcome) => {
    // Prepare: whoever ended it died before anyone else was told.
    const message = await aSlice(parked, parked);
    await stores.slices.amend(message, (state) => {
      const record = state?.records.get(0);
      if (state === undefined || record === undefined) throw new Error('it is there');
      return { ...state, records: new Map([...state.records, [0, { ...record, outcome }]]) };
    });

    // Act
    const done = await give(message, [0, 1]);

    // Assess
    expect(done).toEqual(new Set([1]));
    expect(await rowsOf(message, stores)).toEqual([outcome, 'abandoned']);
    expect(await statesOf(message, stores)).toEqual({ 1: 'abandoned' });
    expect(await entryOf(message)).not.toHaveProperty('sealed');
    await expectCountsToFit(message, stores);
  },
);

test('and a redrive at the same time: one of them has each job', async () => {
  const message = await aSlice(parked, parked, parked);
  const sent: SliceMessage[] = [];
  const lanes = { send: async (messages: readonly SliceMessage[]) => void sent.push(...messages) };
  const [given] = await Promise.all([
    give(message, [0, 1]),
    redrive([{ place: message, wanted: ({ index }) => index > 0 }], { stores, lanes }),
  ]);
  const redriven = new Set(sent.flatMap(({ jobs }) => jobs.map(({ index }) => index)));
  expect([...given, ...redriven].sort()).toEqual([0, 1, 2]);
  await worker.work(sent);
  await expectCountsToFit(message, stores);
});

describe('a death', () => {
  const steps = ['ledger 1', 'slice 1', 'progress 1', 'ledger 2'].flatMap((step) =>
    (['before', 'after'] as const).map((when) => [when, step] as const),
  );

  test.each(steps)('%s the step %s is mended by repeating', async (when, step) => {
    const message = await aSlice(parked, parked, { outcome: 'revoked' });
    const times = new Map<string, number>();
    const mortal =
      <Arguments extends unknown[], Result>(
        name: string,
        act: (...given: Arguments) => Promise<Result>,
      ) =>
      async (...given: Arguments): Promise<Result> => {
        times.set(name, (times.get(name) ?? 0) + 1);
        if (`${name} ${times.get(name)}` !== step) return act(...given);
        if (when === 'after') await act(...given);
        throw new Error('dead');
      };
    const deadly: Stores = {
      ledger: { ...stores.ledger, amend: mortal('ledger', stores.ledger.amend) },
      slices: { ...stores.slices, amend: mortal('slice', stores.slices.amend) },
      revocations: {
        ...stores.revocations,
        abandon: mortal('progress', stores.revocations.abandon),
      },
    };
    await expect(give(message, [0, 1], deadly)).rejects.toThrow('dead');

    expect(await give(message, [0, 1])).toEqual(new Set([0, 1]));

    expect(await rowsOf(message, stores)).toEqual(['abandoned', 'abandoned', 'revoked']);
    expect(await statesOf(message, stores)).toEqual({ 0: 'abandoned', 1: 'abandoned' });
    expect(await entryOf(message)).not.toHaveProperty('sealed');
    await expectCountsToFit(message, stores);
  });
});
