import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { maximumAgeSeconds } from '../../shared/queue/lane-settings.ts';
import { ledgerKey } from '../../shared/store/keys.ts';
import type { Said } from '../../test/support/provider.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

/** A token names what the provider says to it: `refused-1`. */
const asNamed = ({ token }: { token: string }) => (token.split('-')[0] ?? 'revoked') as Said;

const retry = { maxAttempts: 3, baseSeconds: 10, maxSeconds: 900 };

let worker: TestWorker;
beforeEach(async () => {
  worker = await startWorker(asNamed, { retry });
});
afterEach(() => worker[Symbol.asyncDispose]());

const minute = 60_000;

describe('a slice', () => {
  test('whose jobs all end is done with, and its revocation is complete', async () => {
    const message = await worker.aSlice('revoked-1', 'dead-2', 'unsupported-3', 'refused-4');
    expect(await worker.work([message])).toEqual({ kept: [false], waits: [undefined] });
    expect(await worker.recordsOf(message)).toMatchObject([
      { outcome: 'revoked', evidence: 'accepted', attempts: 1, httpStatus: 299, ref: 'ref-0' },
      { outcome: 'already_invalid', evidence: 'accepted' },
      { outcome: 'unsupported', detail: 'unsupported' },
      { outcome: 'parked', reason: 'refused' },
    ]);
    expect(await worker.deps.stores.revocations.get(message.revocation)).toMatchObject({
      ended: { revoked: 1, already_invalid: 1, unsupported: 1, parked: 1 },
      completedAt: expect.any(String),
    });
    expect(await worker.table.table.get(ledgerKey(message))).toMatchObject({
      sealed: message.sealed,
      entries: { 3: { reason: 'refused' } },
    });
  });

  test('with jobs left stays on the queue for their wait, and is then done no more than it must', async () => {
    // Prepare
    const message = await worker.aSlice('revoked-1', 'unavailable-2', 'lost-3', 'bug-4');

    // Act
    const first = await worker.work([message]);
    worker.script.revoke = () => 'revoked';
    worker.calls.length = 0;
    const second = await worker.work([message], { receives: 2 });

    // Assess
    expect(first.kept).toEqual([true]);
    expect(first.waits[0]).toBeGreaterThanOrEqual(5);
    expect(first.waits[0]).toBeLessThanOrEqual(10);
    expect(second.kept).toEqual([false]);
    expect(worker.tokens().toSorted()).toEqual(['bug-4', 'lost-3', 'unavailable-2']);
    expect((await worker.recordsOf(message)).map(({ attempts }) => attempts)).toEqual([1, 2, 2, 2]);
  });

  test('is tried so often and then parked', async () => {
    const message = await worker.aSlice('unavailable-1');
    const kept: boolean[][] = [];
    for (const receives of [1, 2, 3]) kept.push((await worker.work([message], { receives })).kept);
    expect(kept).toEqual([[true], [true], [false]]);
    expect(await worker.recordsOf(message)).toMatchObject([
      { outcome: 'parked', reason: 'exhausted', attempts: 3 },
    ]);
  });

  test('delivered twice makes one outcome a job, also within one batch', async () => {
    const message = await worker.aSlice('revoked-1', 'refused-2');
    const batch = await worker.work([message, message]);
    const late = await worker.work([message], { receives: 1 });
    expect([...batch.kept, ...late.kept]).toEqual([false, false, false]);
    expect(await worker.recordsOf(message)).toMatchObject([
      { outcome: 'revoked' },
      { outcome: 'parked' },
    ]);
    expect((await worker.deps.stores.revocations.get(message.revocation))?.ended).toMatchObject({
      revoked: 1,
      parked: 1,
    });
  });

  test('that has ended is acknowledged without a call', async () => {
    const message = await worker.aSlice('revoked-1');
    await worker.work([message]);
    expect((await worker.work([message], { receives: 2 })).kept).toEqual([false]);
    expect(worker.calls).toHaveLength(1);
  });
});

describe('a batch', () => {
  test('does what it can read, and keeps what it cannot', async () => {
    const message = await worker.aSlice('revoked-1');
    const foreign = { ...(await worker.aSlice('revoked-2')), provider: 'other' };
    const { kept } = await worker.work(['token-4711', foreign, message]);
    expect(kept).toEqual([true, true, false]);
    expect(worker.tokens()).toEqual(['revoked-1']);
    expect(worker.lines.filter(({ name }) => name === 'slice.unreadable')).toHaveLength(2);
    expect(worker.lines).toContainEqual({
      name: 'batch.done',
      received: 3,
      failed: 2,
      oldestSeconds: expect.any(Number),
    });
  });

  test('puts an empty one aside', async () => {
    expect(await worker.work([])).toEqual({ kept: [], waits: [] });
  });

  test('keeps what could not be written down, and does it again', async () => {
    // Prepare
    const [one, other] = [await worker.aSlice('revoked-1'), await worker.aSlice('revoked-2')];
    const { stores } = worker.deps;
    const write: typeof stores.slices.write = async (identity, ...more) => {
      if (identity.revocation === one.revocation) throw new Error('DynamoDB is away');
      return stores.slices.write(identity, ...more);
    };
    const failing = { ...stores, slices: { ...stores.slices, write } };

    // Act
    const first = await worker.work([one, other], { deps: { stores: failing } });
    const again = await worker.work([one], { receives: 2 });

    // Assess
    expect(first.kept).toEqual([true, false]);
    expect(worker.lines).toContainEqual(
      expect.objectContaining({ name: 'slice.failed', revocation: one.revocation }),
    );
    expect(again.kept).toEqual([false]);
    expect(await worker.recordsOf(one)).toMatchObject([{ outcome: 'revoked' }]);
  });

  test('starts no call that could not end in time, and blames no job for it', async () => {
    const message = await worker.aSlice('revoked-1', 'revoked-2');
    const { kept } = await worker.work([message], { remainingMs: 10_000 });
    expect(kept).toEqual([true]);
    expect(worker.calls).toHaveLength(0);
    expect(await worker.recordsOf(message)).toMatchObject([{ attempts: 0 }, { attempts: 0 }]);
  });

  test('says nothing of a token, whatever the provider says', async () => {
    worker.script.revoke = ({ token }) => ({ status: 400, headers: {}, body: `bad ${token}` });
    const message = await worker.aSlice('token-4711');
    await worker.work([message]);
    const everything = JSON.stringify([worker.lines, await worker.table.scan()]);
    expect(everything).not.toContain('4711');
    expect(await worker.recordsOf(message)).toMatchObject([{ detail: 'bad [token]' }]);
  });
});

describe('a slice that cannot be opened', () => {
  test('is put off as misconfigured, and parked in the end, while the others are done', async () => {
    const shut = { ...(await worker.aSlice('revoked-1')), slice: 7 };
    const message = await worker.aSlice('revoked-2');
    const first = await worker.work([shut, message]);
    expect(first.kept).toEqual([true, false]);
    expect(first.waits[0]).toBeGreaterThanOrEqual(5);
    await worker.work([shut], { receives: 2 });
    expect((await worker.work([shut], { receives: 3 })).kept).toEqual([false]);
    expect(await worker.recordsOf(shut)).toMatchObject([
      { outcome: 'parked', reason: 'misconfigured', detail: expect.stringContaining('slice') },
    ]);
    expect(worker.lines).toContainEqual(expect.objectContaining({ name: 'slice.unopened' }));
    expect(worker.tokens()).toEqual(['revoked-2']);
  });
});

test('a slice that SQS would soon forget is parked, without a call', async () => {
  const message = await worker.aSlice('revoked-1');
  const sentAt = Date.now() - (maximumAgeSeconds + minute) * 1000;
  expect((await worker.work([message], { receives: 900, sentAt })).kept).toEqual([false]);
  expect(await worker.recordsOf(message)).toMatchObject([
    { outcome: 'parked', reason: 'exhausted', attempts: 0 },
  ]);
  expect(worker.calls).toHaveLength(0);
});

describe('a slice whose worker died', () => {
  test('is done one job at a time, after the others of its batch are written down', async () => {
    // Prepare: what has been written when each call is made.
    const [ordinary, careful] = [
      await worker.aSlice('revoked-1', 'revoked-2'),
      await worker.aSlice('revoked-3', 'revoked-4'),
    ];
    await worker.work([ordinary], { remainingMs: 0 });
    let underWay = 0;
    let most = 0;
    let ordinaryEnded = 0;
    worker.script.revoke = async ({ token }): Promise<Said> => {
      if (token === 'revoked-3') {
        ordinaryEnded = (await worker.recordsOf(ordinary)).filter(({ outcome }) => outcome).length;
      }
      if (token === 'revoked-3' || token === 'revoked-4') {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      }
      return 'revoked';
    };

    // Act: for the one it is the second delivery that writes, for the other the first.
    const { kept } = await worker.work([careful, ordinary], { receives: 2 });

    // Assess
    expect(kept).toEqual([false, false]);
    expect(worker.lines.filter(({ name }) => name === 'slice.careful')).toHaveLength(1);
    expect(most).toBe(1);
    expect(ordinaryEnded).toBe(2);
  });

  test('whose marks cannot be written is kept, and loses nobody else’s outcome', async () => {
    // Prepare
    const careful = await worker.aSlice('revoked-1');
    const other = await worker.aSlice('revoked-2');
    const { stores } = worker.deps;
    const write: typeof stores.slices.write = async (identity, ...more) => {
      if (identity.revocation === careful.revocation) throw new Error('DynamoDB is away');
      return stores.slices.write(identity, ...more);
    };
    const failing = { ...stores, slices: { ...stores.slices, write } };
    await worker.work([other], { remainingMs: 0 });

    // Act
    const { kept } = await worker.work([careful, other], {
      receives: 2,
      deps: { stores: failing },
    });

    // Assess
    expect(kept).toEqual([true, false]);
    expect(worker.tokens()).toEqual(['revoked-2']);
    expect(worker.lines).toContainEqual(
      expect.objectContaining({ name: 'slice.failed', revocation: careful.revocation }),
    );
  });
});
