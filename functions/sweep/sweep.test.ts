import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { staleSeconds } from '../../shared/dead-letters/claim.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { createGrants } from '../../shared/grants/grants.ts';
import { walkRevoking } from '../../shared/grants/revoking.ts';
import { createPace } from '../../shared/pace/pace.ts';
import { SendFault } from '../../shared/queue/lanes.ts';
import { ledgerKey } from '../../shared/store/keys.ts';
import type { Stores } from '../../shared/store/write-down.ts';
import { statesOf } from '../../test/support/dead-letters.ts';
import { collectLog } from '../../test/support/log.ts';
import { collectMetrics } from '../../test/support/metrics.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { retentionDays, storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import { recordWork } from '../../test/support/work.ts';
import type { SweepDependencies } from './dependencies.ts';
import { sweep } from './sweep.ts';

const began = Date.parse('2026-06-10T12:00:00Z');
const hour = 3_600_000;
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: began }));
afterEach(() => void vi.useRealTimers());

/** A ledger of its own, and lanes that keep what is put on them. */
async function start(providers = ['one', 'other']) {
  const setting = await startTable();
  const stores: Stores = storesOn(setting.table);
  const { log, lines } = collectLog();
  const measured = collectMetrics();
  const sent: SliceMessage[] = [];
  const deps: SweepDependencies = {
    providers,
    stores,
    grants: createGrants(setting.table, retentionDays),
    revoking: () => walkRevoking(setting.table),
    lanes: { send: async (messages) => void sent.push(...messages) },
    paceOf: (provider) => createPace(setting.table, provider, undefined),
    maxAgeDays: 7,
    log,
    metrics: measured.metrics,
  };
  return {
    deps,
    stores,
    table: setting.table,
    lines,
    measured,
    sent,
    pace: (provider: string) => createPace(setting.table, provider, undefined),
    /** A slice of as many jobs as there are records, as of now. */
    park: async (provider: string, ...records: Partial<JobRecord>[]): Promise<SliceMessage> => {
      const revocation = newRevocationId();
      const tokens = records.map((_, index) => `token-${index}`);
      const message = await sliceOf(tokens, { revocation, provider });
      await stores.revocations.create({
        id: revocation,
        requestedBy: 'tester',
        createdAt: new Date().toISOString(),
        total: tokens.length,
      });
      const at = Math.floor(Date.now() / 1000);
      await recordWork(message, stores, ...records.map((record) => ({ at, ...record })));
      return message;
    },
    /** A sweep after so many hours; what it has put on the lanes. */
    sweepAt: async (hours: number, change: Partial<SweepDependencies> = {}) => {
      vi.setSystemTime(began + hours * hour);
      const report = await sweep({ ...deps, ...change }, Date.now() + hour);
      return { report, messages: sent.splice(0) };
    },
    [Symbol.asyncDispose]: () => setting[Symbol.asyncDispose](),
  };
}

const exhausted = { outcome: 'parked', reason: 'exhausted' } as const;
const misconfigured = { outcome: 'parked', reason: 'misconfigured' } as const;
const refused = { outcome: 'parked', reason: 'refused' } as const;

test('exhausted jobs are sent again when they are due, and nothing else', async () => {
  await using setting = await start();
  const message = await setting.park('one', exhausted, refused, exhausted, { outcome: 'revoked' });
  await setting.park('other', refused);

  expect((await setting.sweepAt(0.9)).messages).toEqual([]);
  const { messages, report } = await setting.sweepAt(1);

  expect(messages).toMatchObject([
    { revocation: message.revocation, redrives: 1, acceptedAt: message.acceptedAt },
  ]);
  expect(messages[0]?.jobs.map(({ index }) => index)).toEqual([0, 2]);
  expect(report).toEqual({ redriven: 2, expired: 0, erased: 0, complete: true });
  expect(setting.measured.sums('Redriven')).toEqual({ 'one exhausted': 2 });
  expect(setting.lines).toContainEqual({
    name: 'sweep.done',
    redriven: 2,
    expired: 0,
    failed: 0,
    erased: 0,
    complete: true,
  });
  // It is on its lane now.
  expect((await setting.sweepAt(50)).messages).toEqual([]);
});

test('all pages of all configured providers are gone through', async () => {
  await using setting = await start();
  for (let nth = 0; nth < 15; nth += 1) {
    await setting.park('one', exhausted);
    await setting.park('other', exhausted);
    await setting.park('gone', exhausted);
  }
  const walk: Stores['ledger']['walk'] = async function* (range) {
    for await (const page of setting.stores.ledger.walk(range)) {
      for (const entry of page) yield [entry];
    }
  };
  const ledger = { ...setting.stores.ledger, walk };
  const { messages } = await setting.sweepAt(2, { stores: { ...setting.stores, ledger } });
  expect(messages).toHaveLength(30);
  // In turn, so that neither keeps the other waiting.
  expect(messages.slice(0, 4).map(({ provider }) => provider)).toEqual([
    'one',
    'other',
    'one',
    'other',
  ]);
  expect(messages.some(({ provider }) => provider === 'gone')).toBe(false);
});

describe('misconfigured jobs', () => {
  const seconds = (hours: number) => began + hours * hour;

  test('are probed by one job at a time, and all sent once a success has shown that it is mended', async () => {
    // Prepare: the lane stands still, and all its jobs are parked.
    await using setting = await start();
    for (let nth = 0; nth < 3; nth += 1) await setting.park('one', misconfigured, misconfigured);
    await setting.pace('one').pause(seconds(2), 'misconfigured', 'http 401');

    // Act, Assess
    expect((await setting.sweepAt(1.5)).messages, 'while it stands still').toEqual([]);
    const probe = (await setting.sweepAt(2.5)).messages;
    expect(
      probe.map(({ jobs }) => jobs.length),
      'a probe',
    ).toEqual([1]);
    expect((await setting.sweepAt(3)).messages, 'while the probe is out').toEqual([]);

    await setting.pace('one').resume();
    const { messages } = await setting.sweepAt(3.1);
    expect(
      messages.flatMap(({ jobs }) => jobs),
      'the rest',
    ).toHaveLength(5);
    expect(setting.measured.sums('Redriven')).toEqual({ 'one misconfigured': 6 });
  });

  test('whose probe came back in vain are probed by another one', async () => {
    await using setting = await start();
    const message = await setting.park('one', misconfigured, misconfigured);
    await setting.pace('one').pause(seconds(0.5), 'misconfigured', 'http 401');
    const [probe] = (await setting.sweepAt(1)).messages;
    if (probe === undefined) throw new Error('there is a probe');
    const state = await setting.stores.slices.read(message);
    const records = new Map(state?.records);
    const [{ index } = { index: -1 }] = probe.jobs;
    const before = records.get(index);
    if (before !== undefined)
      records.set(index, { ...before, ...misconfigured, at: seconds(1.2) / 1000 });
    await setting.stores.slices.write(message, { receives: 1, redrives: 1, records }, state);
    await setting.stores.ledger.park(probe, [
      {
        ...{ index, fingerprint: 'f', reason: 'misconfigured', attempts: 9, redrives: 1 },
        parkedAt: new Date(seconds(1.2)).toISOString(),
      },
    ]);

    const again = (await setting.sweepAt(1.5)).messages;

    expect(again.flatMap(({ jobs }) => jobs.map((job) => job.index))).toEqual([1 - index]);
  });
});

describe('what somebody died over', () => {
  test('is sent', async () => {
    await using setting = await start();
    const message = await setting.park('one', refused);
    const lanes: SweepDependencies['lanes'] = {
      send: (messages) => Promise.reject(new SendFault('no queue', messages)),
    };
    await setting.stores.ledger.amend(message, ({ jobs }) => ({
      redrives: 1,
      jobs: jobs.map((job) => ({
        ...job,
        ...{ state: 'redriving' as const, redrives: 1, since: began / 1000 },
      })),
    }));
    expect((await setting.sweepAt(0.01)).messages).toEqual([]);
    await expect(setting.sweepAt(0.1, { lanes })).rejects.toThrow();
    vi.setSystemTime(began + hour);
    const { messages } = await setting.sweepAt(1 + staleSeconds / 3600);
    expect(messages).toMatchObject([{ redrives: 1 }]);
  });

  test('is abandoned, by whoever decided it', async () => {
    await using setting = await start();
    const message = await setting.park('one', refused);
    await setting.stores.ledger.amend(message, ({ jobs }) => ({
      jobs: jobs.map((job) => ({
        ...job,
        ...{ state: 'abandoning' as const, by: 'jane', note: 'why', since: began / 1000 },
      })),
    }));
    await setting.sweepAt(0.1);
    expect(await statesOf(message, setting.stores)).toEqual({ 0: 'abandoned' });
    const state = await setting.stores.slices.read(message);
    expect(state?.records.get(0)).toMatchObject({
      outcome: 'abandoned',
      decision: { by: 'jane', note: 'why' },
    });
  });
});

describe('what has expired', () => {
  const dead = began / 1000 + 60;

  test('is closed whatever it was parked for, and the rest of its slice stays', async () => {
    // Prepare
    await using setting = await start();
    const message = await setting.park('one', refused, exhausted, misconfigured);
    await setting.stores.ledger.amend(message, ({ jobs }) => ({
      jobs: jobs.map((job) => (job.index < 2 ? { ...job, expiresAt: dead } : job)),
    }));

    // Act, Assess
    expect((await setting.sweepAt(0.05)).report.expired, 'in doubt').toBe(0);
    const { report, messages } = await setting.sweepAt(2);
    expect(report).toEqual({ redriven: 1, expired: 2, erased: 0, complete: true });
    expect(messages.flatMap(({ jobs }) => jobs.map(({ index }) => index))).toEqual([2]);
    expect(setting.measured.sums('Outcomes')).toEqual({ 'one expired': 2 });
    expect(await statesOf(message, setting.stores)).toEqual({ 2: 'queued' });
    expect((await setting.sweepAt(3)).report.expired, 'once').toBe(0);
  });

  test('is not, while it is on its lane', async () => {
    await using setting = await start();
    const message = await setting.park('one', exhausted);
    await setting.stores.ledger.amend(message, ({ jobs }) => ({
      jobs: jobs.map((job) => ({ ...job, expiresAt: began / 1000 + 2 * 3600 })),
    }));
    expect((await setting.sweepAt(1)).messages).toHaveLength(1);
    expect((await setting.sweepAt(9)).report.expired).toBe(0);
    expect(await statesOf(message, setting.stores)).toEqual({ 0: 'queued' });
  });
});

test('what was lost on its lane is sent again', async () => {
  await using setting = await start();
  const message = await setting.park('one', exhausted);
  expect((await setting.sweepAt(1)).messages).toHaveLength(1);
  expect((await setting.sweepAt(24 * 14)).messages).toEqual([]);
  expect((await setting.sweepAt(24 * 16)).messages).toMatchObject([
    { revocation: message.revocation, redrives: 2 },
  ]);
});

test('what a newer version has written keeps nobody else, and is told', async () => {
  await using setting = await start();
  const { table } = setting;
  const newer = await setting.park('one', exhausted);
  const entry = await table.get(ledgerKey(newer));
  const entries = { 0: { reason: 'of a newer kind' } };
  await table.put({ ...entry, ...ledgerKey(newer), schema: 9, entries });
  const message = await setting.park('one', exhausted);
  expect((await setting.sweepAt(1)).messages).toMatchObject([{ revocation: message.revocation }]);
  expect(setting.lines).toContainEqual({
    name: 'ledger.newer',
    revocation: newer.revocation,
    slice: 0,
  });
});

test('what fails keeps nobody else, and is told at the end', async () => {
  await using setting = await start();
  await setting.park('one', exhausted);
  await setting.park('other', exhausted);
  const lanes: SweepDependencies['lanes'] = {
    send: async (messages) => {
      if (messages.some(({ provider }) => provider === 'one'))
        throw new SendFault('no queue', messages);
      await setting.deps.lanes.send(messages);
    },
  };
  await expect(setting.sweepAt(1, { lanes })).rejects.toThrow('the log tells more');
  expect(setting.sent).toMatchObject([{ provider: 'other' }]);
  expect(setting.lines.map(({ name }) => name)).toEqual(['sweep.failed', 'sweep.done']);
});

test('what there is no time for is left for the next sweep', async () => {
  await using setting = await start();
  await setting.park('one', exhausted);
  vi.setSystemTime(began + hour);
  expect(await sweep(setting.deps, Date.now())).toEqual({
    redriven: 0,
    expired: 0,
    erased: 0,
    complete: false,
  });
  expect((await setting.sweepAt(1.1)).report).toEqual({
    redriven: 1,
    expired: 0,
    erased: 0,
    complete: true,
  });
});

test('a redrive by hand at the same time sends each job once', async () => {
  await using setting = await start();
  await setting.park('one', exhausted, exhausted);
  vi.setSystemTime(began + hour);
  await Promise.all([1, 2, 3].map(() => sweep(setting.deps, Date.now() + hour)));
  expect(setting.sent.flatMap(({ jobs }) => jobs)).toHaveLength(2);
});
