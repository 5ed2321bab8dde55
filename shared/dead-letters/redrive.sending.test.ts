import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { expectCountsToFit, rowsOf, statesOf } from '../../test/support/dead-letters.ts';
import { recordWork } from '../../test/support/work.ts';
import { startWorker } from '../../test/support/worker.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { type Lanes, SendFault } from '../queue/lanes.ts';
import { ledgerKey } from '../store/keys.ts';
import { timesSent } from '../store/ledger-entry.ts';
import type { Stores } from '../store/write-down.ts';
import { lostSeconds } from './claim.ts';
import { redrive } from './redrive.ts';

const retry = { maxAttempts: 9, baseSeconds: 1, maxSeconds: 1 };
const worker = await startWorker(() => 'revoked', { retry });
const { stores } = worker.deps;
afterAll(() => worker[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
  worker.script.revoke = () => 'revoked';
});

const parked: Partial<JobRecord> = { outcome: 'parked', reason: 'refused' };

async function aSlice(...records: Partial<JobRecord>[]): Promise<SliceMessage> {
  const message = await worker.aSlice(...records.map((_, index) => `token-${index}`));
  await recordWork(message, stores, ...records);
  return message;
}

/** A lane that keeps what is put on it. */
function aLane() {
  const sent: SliceMessage[] = [];
  const lanes: Lanes = { send: async (messages) => void sent.push(...messages) };
  return { sent, lanes };
}

const all = (message: SliceMessage, ...indexes: number[]) => ({
  place: message,
  wanted: ({ index }: { index: number }) => indexes.length === 0 || indexes.includes(index),
});

const later = (seconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });

const timesOf = async ({ revocation }: SliceMessage) => {
  const { entries } = await stores.ledger.list({ revocation }, 1);
  return entries[0]?.jobs.map(timesSent);
};

describe('how often a job has been sent again', () => {
  test('is its own number, not that of its slice', async () => {
    worker.script.revoke = () => 'refused';
    const message = await aSlice(parked, parked);
    const { sent, lanes } = aLane();
    for (const index of [0, 1, 0]) {
      await redrive([all(message, index)], { stores, lanes });
      await worker.work(sent.splice(0));
    }
    expect(await timesOf(message)).toEqual([2, 1]);
    await expectCountsToFit(message, stores);
  });

  test('counts what somebody died over once', async () => {
    const message = await aSlice(parked);
    const lanes: Lanes = { send: (unsent) => Promise.reject(new SendFault('no queue', unsent)) };
    await redrive([all(message)], { stores, lanes });
    await redrive([all(message)], { stores, lanes: aLane().lanes });
    expect(await timesOf(message)).toEqual([1]);
  });

  test('is what older versions noted of it', () => {
    expect(timesSent({ redrives: 3 })).toBe(3);
    expect(timesSent({})).toBe(0);
  });
});

describe('a message that SQS has lost', () => {
  test('is sent again once none can be left, whatever was noted of it', async () => {
    // Prepare
    const message = await aSlice(parked);
    await redrive([all(message)], { stores, lanes: aLane().lanes });
    const { sent, lanes } = aLane();

    // Act, Assess
    later(lostSeconds - 5);
    await redrive([all(message)], { stores, lanes });
    expect(sent, 'while it may be there').toEqual([]);
    later(10);
    await redrive([all(message)], { stores, lanes });
    expect(sent).toMatchObject([{ redrives: 2, sealed: message.sealed }]);
    worker.script.revoke = () => 'refused';
    await worker.work(sent);
    expect(await statesOf(message, stores)).toEqual({ 0: 'parked' });
    await expectCountsToFit(message, stores);
  });
});

describe('what SQS takes only a part of', () => {
  test('is handed back in part: the rest is on its lane', async () => {
    const [one, other] = [await aSlice(parked), await aSlice(parked)];
    const partly: Lanes = {
      send: (messages) =>
        Promise.reject(
          new SendFault(
            'one was refused',
            messages.filter(({ revocation }) => revocation === one.revocation),
          ),
        ),
    };
    const { sent, failures } = await redrive([all(one), all(other)], { stores, lanes: partly });
    expect(sent).toHaveLength(1);
    expect(failures).toMatchObject([{ message: 'one was refused' }]);
    expect(await statesOf(other, stores)).toEqual({ 0: 'queued' });

    const again = aLane();
    await redrive([all(one), all(other)], { stores, lanes: again.lanes });
    expect(again.sent.map(({ revocation }) => revocation)).toEqual([one.revocation]);
  });
});

test('what was claimed is handed back when the rest of its slice cannot be', async () => {
  // Prepare: of three jobs a redrive has died over the first.
  const message = await aSlice(parked, parked, parked);
  const dying: Lanes = { send: () => Promise.reject(new Error('dead')) };
  await redrive([all(message, 0)], { stores, lanes: dying });
  let amends = 0;
  const amend: Stores['ledger']['amend'] = (...given) => {
    amends += 1;
    return amends === 2 ? Promise.reject(new Error('throttled')) : stores.ledger.amend(...given);
  };

  // Act
  const half = { ...stores, ledger: { ...stores.ledger, amend } };
  const { failures } = await redrive([all(message)], { stores: half, lanes: aLane().lanes });

  // Assess: nobody has to wait for anything.
  expect(failures).toMatchObject([{ message: 'throttled' }]);
  const { sent, lanes } = aLane();
  await redrive([all(message)], { stores, lanes });
  expect(sent.flatMap(({ jobs }) => jobs.map(({ index }) => index)).sort()).toEqual([0, 1, 2]);
});

describe('an older message of a slice of which jobs were sent again', () => {
  test('is not taken for one that killed its worker', async () => {
    // Prepare: one job is parked at the first delivery, the other waits.
    const message = await worker.aSlice('token-0', 'token-1');
    worker.script.revoke = ({ token }) => (token === 'token-0' ? 'refused' : 'unavailable');
    await worker.work([message]);
    await worker.work([message], { receives: 2 });
    await redrive([all(message, 0)], { stores, lanes: aLane().lanes });
    const before = worker.lines.length;

    // Act
    worker.script.revoke = () => 'revoked';
    await worker.work([message], { receives: 3 });

    // Assess
    const names = worker.lines.slice(before).map(({ name }) => name);
    expect(names).not.toContain('slice.careful');
    expect(await rowsOf(message, stores)).toEqual(['queued', 'revoked']);
    expect(await worker.table.table.get(ledgerKey(message))).toHaveProperty('sealed');
  });
});
