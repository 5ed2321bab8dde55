import { afterAll, describe, expect, test } from 'vitest';
import { Newer } from '../../shared/domain/newer.ts';
import type { Stores } from '../../shared/store/write-down.ts';
import { sqsRecord } from '../../test/support/sqs-record.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startWorker } from '../../test/support/worker.ts';
import { openDelivery } from './delivery.ts';
import { writeSurely } from './write-surely.ts';

const worker = await startWorker(() => 'revoked');
afterAll(() => worker[Symbol.asyncDispose]());

/** Stores that take nothing for so many writes, from the next call to the provider on. */
function throttledAfterCall(writes: number): Stores {
  const { table } = worker.table;
  const before = worker.calls.length;
  let left = writes;
  const put: typeof table.put = async (...given) => {
    if (worker.calls.length === before || left === 0) return table.put(...given);
    left -= 1;
    throw new Error('slow down');
  };
  return storesOn({ ...table, put });
}

/** The second delivery of a slice of which the first has left nothing is done job by job. */
const careful = { receives: 2 };

describe('what cannot be written at once', () => {
  test('is written later, and no death is held against its job', async () => {
    const message = await worker.aSlice('a');
    const stores = throttledAfterCall(3);
    expect((await worker.work([message], { ...careful, deps: { stores } })).kept).toEqual([false]);
    const [record] = await worker.recordsOf(message);
    expect(record).toMatchObject({ outcome: 'revoked' });
    expect(record?.crashes).toBeUndefined();
  });

  test('takes its mark back, too, when the next job’s could not be written', async () => {
    const message = await worker.aSlice('b', 'c');
    const stores = throttledAfterCall(3);
    expect((await worker.work([message], { ...careful, deps: { stores } })).kept).toEqual([true]);
    const records = await worker.recordsOf(message);
    expect(records.map(({ outcome }) => outcome)).toEqual(['revoked', undefined]);
    expect(records.map(({ crashes }) => crashes)).toEqual([undefined, undefined]);
    expect((await worker.work([message], { receives: 3 })).kept).toEqual([false]);
    expect(worker.tokens().filter((token) => token === 'b')).toHaveLength(1);
  });

  test('of a first delivery is written without a second call', async () => {
    const message = await worker.aSlice('d', 'e');
    const stores = throttledAfterCall(4);
    expect((await worker.work([message], { deps: { stores } })).kept).toEqual([false]);
    expect(worker.tokens().slice(-2).toSorted()).toEqual(['d', 'e']);
  });
});

test.each([
  ['for want of time', 1000, new Error('slow down')],
  ['over what a newer version wrote', 180_000, new Newer('slice item', 9)],
])('nothing is written again %s', async (_, remainingMs, error) => {
  const message = await worker.aSlice('f');
  const { stores } = worker.deps;
  const delivery = await openDelivery(sqsRecord(message), 'test', {
    secrets: worker.secrets.secrets,
    slices: stores.slices,
  });
  let writes = 0;
  const write = async () => {
    writes += 1;
    throw error;
  };
  const failing = { ...stores, slices: { ...stores.slices, write } };

  await expect(writeSurely(delivery, failing, () => remainingMs)).rejects.toBe(error);
  expect(writes).toBe(1);
});
