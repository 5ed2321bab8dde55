import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { expectCountsToFit, rowsOf, statesOf } from '../../test/support/dead-letters.ts';
import { interrupted } from '../../test/support/interrupted.ts';
import { type Death, mapTable, mortality } from '../../test/support/ledger-world.ts';
import type { Said } from '../../test/support/provider.ts';
import { storesOn } from '../../test/support/stores.ts';
import { recordWork } from '../../test/support/work.ts';
import { startWorker } from '../../test/support/worker.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { SliceMessage } from '../domain/slice.ts';
import type { Lanes } from '../queue/lanes.ts';
import { ledgerKey } from '../store/keys.ts';
import type { Stores } from '../store/write-down.ts';
import { staleSeconds } from './claim.ts';
import { redrive } from './redrive.ts';

const retry = { maxAttempts: 3, baseSeconds: 1, maxSeconds: 1 };
const worker = await startWorker(() => 'revoked', { retry });
const { table } = worker.table;
const { stores } = worker.deps;
afterAll(() => worker[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
  worker.script.revoke = () => 'revoked';
});

/** A lane that keeps what is put on it. */
function aLane() {
  const sent: SliceMessage[] = [];
  const lanes: Lanes = {
    send: async (messages) => {
      sent.push(...messages);
    },
  };
  return { sent, lanes };
}

const parked: Partial<JobRecord> = {
  outcome: 'parked',
  reason: 'refused',
  attempts: 1,
  answers: 1,
};

/** A slice whose jobs have come to this. */
async function aSlice(...records: Partial<JobRecord>[]): Promise<SliceMessage> {
  const message = await worker.aSlice(...records.map((_, index) => `token-${index}`));
  await recordWork(message, stores, ...records);
  return message;
}

const all = (message: SliceMessage, ...indexes: number[]) => [
  {
    place: message,
    wanted: ({ index }: { index: number }) => indexes.length === 0 || indexes.includes(index),
  },
];

const later = (seconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });

describe('parked jobs that are sent again', () => {
  test('go as they were sealed, accepted when they were, and nobody else’s with them', async () => {
    const message = await aSlice(parked, { outcome: 'revoked' }, parked);
    const { sent, lanes } = aLane();
    const { sent: jobs, failures } = await redrive(all(message), { stores, lanes });
    expect(jobs.map(({ provider, job }) => [provider, job.index])).toEqual([
      ['test', 0],
      ['test', 2],
    ]);
    expect(failures).toEqual([]);
    const [, ...others] = message.jobs;
    expect(sent).toEqual([{ ...message, redrives: 1, jobs: [message.jobs[0], others[1]] }]);
    expect(await rowsOf(message, stores)).toEqual(['queued', 'revoked', 'queued']);
    expect(await statesOf(message, stores)).toEqual({ 0: 'queued', 2: 'queued' });
    await expectCountsToFit(message, stores);
    const revocation = await stores.revocations.get(message.revocation);
    expect(revocation).not.toHaveProperty('completedAt', expect.anything());
  });

  test('end, leave the ledger with their sealed tokens, and complete the revocation', async () => {
    const message = await aSlice(parked, parked);
    const { sent, lanes } = aLane();
    await redrive(all(message), { stores, lanes });
    await worker.work(sent);
    expect(await rowsOf(message, stores)).toEqual(['revoked', 'revoked']);
    expect(await statesOf(message, stores)).toEqual({});
    expect(await table.get(ledgerKey(message))).not.toHaveProperty('sealed');
    await expectCountsToFit(message, stores);
    expect(await stores.revocations.get(message.revocation)).toMatchObject({
      completedAt: expect.any(String),
    });
  });

  test('get as many tries as new ones, though all are counted, and are parked anew', async () => {
    worker.script.revoke = () => 'unavailable';
    const message = await aSlice({ ...parked, attempts: 3, reason: 'exhausted' });
    const { sent, lanes } = aLane();
    await redrive(all(message), { stores, lanes });
    for (const receives of [1, 2]) {
      expect(await worker.work(sent, { receives })).toMatchObject({ kept: [true] });
    }
    expect(await worker.work(sent, { receives: 3 })).toMatchObject({ kept: [false] });
    expect(await worker.recordsOf(message)).toMatchObject([
      { outcome: 'parked', reason: 'exhausted', attempts: 6, redrives: 1 },
    ]);
    expect(await statesOf(message, stores)).toEqual({ 0: 'parked' });
    await expectCountsToFit(message, stores);
  });

  test('have nothing held against them that killed a worker before', async () => {
    const message = await aSlice({ ...parked, reason: 'crashed', crashes: 2 });
    const { sent, lanes } = aLane();
    await redrive(all(message), { stores, lanes });
    await worker.work(sent);
    expect(await rowsOf(message, stores)).toEqual(['revoked']);
  });

  test('can be sent again when they are parked again', async () => {
    const message = await aSlice(parked);
    const { sent, lanes } = aLane();
    worker.script.revoke = () => 'refused';
    for (const redrives of [1, 2, 3]) {
      await redrive(all(message), { stores, lanes });
      await worker.work(sent.splice(0));
      expect(await worker.recordsOf(message)).toMatchObject([{ redrives, attempts: 1 + redrives }]);
    }
    worker.script.revoke = () => 'revoked';
    await redrive(all(message), { stores, lanes });
    await worker.work(sent);
    await expectCountsToFit(message, stores);
    expect(await statesOf(message, stores)).toEqual({});
  });

  test('some first and the others later both end, whichever message comes first', async () => {
    const message = await aSlice(parked, parked);
    const { sent, lanes } = aLane();
    await redrive(all(message, 0), { stores, lanes });
    await redrive(all(message, 1), { stores, lanes });
    expect(sent.map(({ redrives, jobs }) => [redrives, jobs.length])).toEqual([
      [1, 1],
      [2, 1],
    ]);
    await worker.work(sent.toReversed());
    await expectCountsToFit(message, stores);
    expect(await rowsOf(message, stores)).toEqual(['revoked', 'revoked']);
    expect(await statesOf(message, stores)).toEqual({});
  });

  test('whose revocation has been forgotten are sent all the same', async () => {
    const message = await aSlice(parked);
    const entry = await table.get(ledgerKey(message));
    const forgotten = await worker.aSlice('token');
    const revocation = `rev_${'0'.repeat(40)}`;
    await table.put({ ...entry, ...ledgerKey({ ...forgotten, revocation }) });
    const { sent, lanes } = aLane();
    await redrive(all({ ...message, revocation }), { stores, lanes });
    expect(sent).toMatchObject([{ revocation, redrives: 1, sealed: message.sealed }]);
  });
});

describe('what is not parked', () => {
  test('is not sent, by two at a time neither', async () => {
    const message = await aSlice(...Array.from({ length: 5 }, () => parked));
    const { sent, lanes } = aLane();
    const results = await Promise.all(
      [1, 2, 3].map(() => redrive(all(message), { stores, lanes })),
    );
    expect(results.map((each) => each.sent.length).sort()).toEqual([0, 0, 5]);
    expect(sent).toHaveLength(1);
    await worker.work(sent);
    const after = await redrive(all(message), { stores, lanes });
    expect(after).toEqual({ sent: [], failures: [] });
    await expectCountsToFit(message, stores);
  });

  test('is not sent when it has been abandoned', async () => {
    const message = await aSlice(parked);
    await stores.ledger.amend(message, ({ jobs }) => ({
      jobs: jobs.map((job) => ({ ...job, state: 'abandoned' })),
    }));
    const { sent, lanes } = aLane();
    await redrive(all(message), { stores, lanes });
    expect(sent).toEqual([]);
  });
});

describe('a delivery of before', () => {
  /** The same slice, delivered once more by the message that its jobs were parked from. */
  const again = (message: SliceMessage, receives = 2) => worker.work([message], { receives });

  test('leaves jobs that were sent again to the new message', async () => {
    const message = await aSlice(parked, parked);
    const { sent, lanes } = aLane();
    await redrive(all(message), { stores, lanes });
    const calls = worker.calls.length;
    expect(await again(message)).toMatchObject({ kept: [false] });
    expect(worker.calls).toHaveLength(calls);
    await worker.work(sent);
    expect(await rowsOf(message, stores)).toEqual(['revoked', 'revoked']);
    expect(await statesOf(message, stores)).toEqual({});
    await expectCountsToFit(message, stores);
  });

  test('that was under way meanwhile takes nothing back', async () => {
    const message = await aSlice(parked);
    const { sent, lanes } = aLane();
    const seen = await stores.slices.read(message);
    await redrive(all(message), { stores, lanes });
    const stale = { receives: 2, redrives: 0, records: seen?.records ?? new Map() };
    await stores.slices.write(message, stale, seen);
    expect(await rowsOf(message, stores)).toEqual(['queued']);
    await stores.ledger.park(message, [
      { index: 0, fingerprint: 'f', reason: 'refused', attempts: 1, parkedAt: 'then' },
    ]);
    expect(await statesOf(message, stores)).toEqual({ 0: 'queued' });
    const { revocation } = message;
    const progress = () =>
      stores.revocations.progress(revocation, 0, stale.records, async () => {
        return (await stores.slices.read(message))?.records ?? new Map();
      });
    await progress();
    await expectCountsToFit(message, stores);
    expect((await stores.revocations.get(revocation))?.completedAt).toBeUndefined();
    await worker.work(sent);
    await progress();
    await expectCountsToFit(message, stores);
  });
});

describe('a death', () => {
  /** Stores that die at a step, before it is done or after. */
  function dying(
    step: string,
    when: 'before' | 'after',
  ): { stores: Stores; lanes: Lanes; sent: SliceMessage[] } {
    const { sent, lanes } = aLane();
    let dead = false;
    const mortal = <Arguments extends unknown[], Result>(
      name: string,
      act: (...given: Arguments) => Promise<Result>,
    ) => {
      let times = 0;
      return async (...given: Arguments): Promise<Result> => {
        times += 1;
        if (dead) throw new Error('dead');
        if (`${name} ${times}` !== step) return act(...given);
        dead = true;
        if (when === 'after') await act(...given);
        throw new Error('dead');
      };
    };
    return {
      sent,
      lanes: { send: mortal('send', lanes.send) },
      stores: {
        ledger: { ...stores.ledger, amend: mortal('ledger', stores.ledger.amend) },
        slices: { ...stores.slices, amend: mortal('slice', stores.slices.amend) },
        revocations: {
          ...stores.revocations,
          reopen: mortal('progress', stores.revocations.reopen),
        },
      },
    };
  }
  const steps = ['ledger 1', 'slice 1', 'progress 1', 'send 1', 'ledger 2'].flatMap((step) =>
    (['before', 'after'] as const).map((when) => [when, step] as const),
  );

  test.each(steps)('%s the step %s is mended by the next redrive', async (when, step) => {
    // Prepare
    const message = await aSlice(parked, { outcome: 'revoked' }, parked);
    const deadly = dying(step, when);
    const { failures } = await redrive(all(message), deadly);
    expect(failures).not.toEqual([]);

    // Act: at once, when it may still be under way; and when nobody can be at it any more.
    const { sent, lanes } = aLane();
    const atOnce = (await redrive(all(message), { stores, lanes })).sent.length;
    later(staleSeconds + 5);
    const afterwards = (await redrive(all(message), { stores, lanes })).sent.length;

    // Assess: sent once more at most, and done once.
    const confirmed = step === 'ledger 2' && when === 'after';
    const untouched = step === 'ledger 1' && when === 'before';
    expect([atOnce, afterwards]).toEqual(confirmed ? [0, 0] : untouched ? [2, 0] : [0, 2]);
    await worker.work([...deadly.sent, ...sent]);
    expect(await rowsOf(message, stores)).toEqual(['revoked', 'revoked', 'revoked']);
    expect(await statesOf(message, stores)).toEqual({});
    await expectCountsToFit(message, stores);
    expect([...deadly.sent, ...sent].every(({ redrives }) => redrives === 1)).toBe(true);
  });

  test.each<[Said, string, Record<number, string>]>([
    ['revoked', 'revoked', {}],
    ['refused', 'parked', { 0: 'parked' }],
  ])(
    'after sending, of jobs that the worker then found %s, sends nothing again',
    async (said, outcome, ledger) => {
      const message = await aSlice(parked);
      const deadly = dying('ledger 2', 'before');
      await redrive(all(message), deadly);
      worker.script.revoke = () => said;
      await worker.work(deadly.sent);
      later(staleSeconds + 5);
      const { sent, lanes } = aLane();
      const choices = all(message).map((choice) => ({
        ...choice,
        wanted: ({ state }: { state?: string | undefined }) => state === 'redriving',
      }));
      await redrive(choices, { stores, lanes });
      expect(sent).toEqual([]);
      expect(await rowsOf(message, stores)).toEqual([outcome]);
      expect(await statesOf(message, stores)).toEqual(ledger);
      await expectCountsToFit(message, stores);
    },
  );

  test('of the worker between its slice and its ledger entry leaves nothing behind', async () => {
    // Prepare: it has written that the job is parked again, and no more.
    const message = await aSlice(parked);
    const deadly = dying('ledger 2', 'before');
    await redrive(all(message), deadly);
    worker.script.revoke = () => 'refused';
    const park = () => Promise.reject(new Error('dead'));
    const half = { ...stores, ledger: { ...stores.ledger, park } };
    await worker.work(deadly.sent, { deps: { stores: half } });

    // Act
    later(staleSeconds + 5);
    const { sent, lanes } = aLane();
    const first = await redrive(all(message), { stores, lanes });

    // Assess: it is parked again, with what it met, and can be sent again.
    expect(first).toEqual({ sent: [], failures: [] });
    expect(await statesOf(message, stores)).toEqual({ 0: 'parked' });
    await redrive(all(message), { stores, lanes });
    expect(sent.map(({ redrives }) => redrives)).toEqual([2]);
  });
});

test('a slice costs seven requests to the table, and three more when it has ended', async () => {
  const message = await aSlice(parked, parked);
  let requests = 0;
  const counted = new Proxy(table, {
    get: (target, name, receiver) => {
      const act: unknown = Reflect.get(target, name, receiver);
      if (typeof act !== 'function') return act;
      return (...given: unknown[]) => {
        requests += 1;
        return act(...given);
      };
    },
  });
  const { sent, lanes } = aLane();
  await redrive(all(message), { stores: storesOn(counted), lanes });
  expect(requests).toBe(7);
  await worker.work(sent, { deps: { stores: storesOn(counted) } });
  // A new slice takes two, its own item and the progress, and the last of a revocation one more.
  expect(requests).toBe(7 + 2 + 3 + 1);
});

test('one slice that cannot be claimed does not keep the others', async () => {
  const [one, other] = [await aSlice(parked), await aSlice(parked)];
  await table.put({ ...(await table.get(ledgerKey(one))), ...ledgerKey(one), schema: 9 });
  const { sent, lanes } = aLane();
  const { failures } = await redrive([...all(one), ...all(other)], { stores, lanes });
  expect(failures).toMatchObject([{ name: 'Newer' }]);
  expect(sent.map(({ revocation }) => revocation)).toEqual([other.revocation]);
});

test('what a lane refuses is left for the next redrive, at once', async () => {
  const message = await aSlice(parked);
  const refusing: Lanes = { send: () => Promise.reject(new Error('no queue')) };
  expect(await redrive(all(message), { stores, lanes: refusing })).toMatchObject({
    sent: [],
    failures: [{ message: 'no queue' }],
  });
  const { sent, lanes } = aLane();
  await redrive(all(message), { stores, lanes });
  expect(sent).toHaveLength(1);
});

test.each([3, 4, 5, 6, 7])(
  'whoever goes on after a death, and dies at request %i, takes no job back that has ended just then',
  async (request) => {
    const message = await aSlice(parked);
    const { sent, lanes } = aLane();
    const dying = (death: Death, own = table) => {
      const { mortal } = mortality(death);
      return storesOn(mapTable(own, (each) => mortal(each, async () => {})));
    };
    // Claim (2), slice (2), progress: it dies then, with the message sent.
    await redrive(all(message), { stores: dying({ request: 6, after: false }), lanes });
    expect(sent).toHaveLength(1);

    later(staleSeconds + 5);
    const meanwhile = interrupted(table, request, () => worker.work(sent));
    await redrive(all(message), { stores: dying({ request, after: true }, meanwhile), lanes });
    expect(await rowsOf(message, stores)).toEqual(['revoked']);
    await expectCountsToFit(message, stores);
  },
);

test('messages start when they are told to', async () => {
  const slices = [await aSlice(parked, parked), await aSlice(parked)];
  const delays: number[] = [];
  const lanes: Lanes = {
    send: async (messages, delayOf) => {
      for (const message of messages) delays.push(delayOf?.(message) ?? 0);
    },
  };
  let jobs = 0;
  await redrive(
    slices.flatMap((slice) => all(slice)),
    { stores, lanes },
    (more) => {
      jobs += more;
      return jobs;
    },
  );
  expect(delays).toEqual([2, 3]);
});

describe('deliveries of before a job was sent again', () => {
  test('that are slow to park it do not bring it back once it has ended', async () => {
    const message = await worker.aSlice('a');
    worker.script.revoke = () => 'refused';
    const { sent, lanes } = aLane();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const park: typeof stores.ledger.park = async (...given) => {
      reach();
      await released;
      return stores.ledger.park(...given);
    };
    const slow = { ...stores, ledger: { ...stores.ledger, park } };
    const first = worker.work([message], { deps: { stores: slow } });
    await reached;
    await worker.work([message], { receives: 2 });
    worker.script.revoke = () => 'revoked';
    await redrive(all(message), { stores, lanes });
    await worker.work(sent);
    release();
    await first;

    expect(await rowsOf(message, stores)).toEqual(['revoked']);
    expect(await statesOf(message, stores)).toEqual({});
    expect(await table.get(ledgerKey(message))).not.toHaveProperty('sealed');
  });

  test('leave it to the message that it was sent again with', async () => {
    const message = await aSlice(parked, { outcome: undefined, reason: 'exhausted', attempts: 2 });
    const { sent, lanes } = aLane();
    await redrive(all(message, 0), { stores, lanes });
    worker.script.revoke = () => 'refused';

    expect(await worker.work([message], { receives: 2 })).toMatchObject({ kept: [false] });

    expect(await rowsOf(message, stores)).toEqual(['queued', 'parked']);
    worker.script.revoke = () => 'revoked';
    await worker.work(sent);
    expect(await rowsOf(message, stores)).toEqual(['revoked', 'parked']);
    await expectCountsToFit(message, stores);
  });
});
