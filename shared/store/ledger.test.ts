import { afterAll, describe, expect, test } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { Newer } from '../domain/newer.ts';
import { newRevocationId } from '../domain/revocation.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from './keys.ts';
import { createLedger } from './ledger.ts';
import type { LedgerJob } from './ledger-entry.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const ledger = createLedger(table, 30);

const aMessage = (change: Partial<SliceMessage> = {}): SliceMessage => ({
  v: 2,
  revocation: newRevocationId(),
  part: 0,
  slice: 0,
  provider: 'polar',
  redrives: 0,
  acceptedAt: 1_800_000_000,
  jobs: [{ index: 0, fingerprint: 'f' }],
  sealed: 'a.sealed.envelope',
  ...change,
});

const parked = (index: number, change: Partial<LedgerJob> = {}): LedgerJob => ({
  index,
  ref: `ref-${index}`,
  fingerprint: 'f',
  reason: 'exhausted',
  detail: 'http 503',
  attempts: 8,
  httpStatus: 503,
  parkedAt: '2026-01-01T00:00:00.000Z',
  ...change,
});

describe('park', () => {
  test('keeps the jobs with their sealed slice, for as long as they are parked', async () => {
    const message = aMessage({ redrives: 2 });
    await ledger.park(message, [parked(0)]);
    const item = await table.get(ledgerKey(message));
    expect(item).toMatchObject({ sealed: message.sealed, redrives: 2, entries: { 0: parked(0) } });
    expect(item).not.toHaveProperty('expiresAt');
  });

  test('repeated, changes nothing, whatever is said the second time', async () => {
    const message = aMessage();
    await ledger.park(message, [parked(0)]);
    const before = await table.get(ledgerKey(message));
    await ledger.park(message, [parked(0, { reason: 'crashed', attempts: 1 })]);
    expect(await table.get(ledgerKey(message))).toEqual(before);
  });

  test('adds other jobs of the slice to those that are there', async () => {
    const message = aMessage();
    await ledger.park(message, [parked(3)]);
    await ledger.park(message, [parked(3, { attempts: 1 }), parked(7)]);
    expect(await table.get(ledgerKey(message))).toMatchObject({
      entries: { 3: parked(3), 7: parked(7) },
    });
  });

  test('keeps when the jobs were accepted, also in an entry of the first format, and whatever others noted', async () => {
    // Prepare: format 1 named neither its format nor when the jobs were accepted.
    const message = aMessage({ acceptedAt: 1_700_000_000 });
    await ledger.park(message, [parked(0)]);
    const { schema, acceptedAt, ...first } = (await table.get(ledgerKey(message))) ?? {};
    const noted = { ...parked(0), seen: 'by others' };
    await table.put({ ...first, ...ledgerKey(message), kept: 'too', entries: { 0: noted } });

    // Act
    await ledger.park(message, [parked(1)]);

    // Assess
    expect([schema, acceptedAt]).toEqual([2, 1_700_000_000]);
    expect(await table.get(ledgerKey(message))).toEqual({
      ...first,
      schema: 2,
      acceptedAt: 1_700_000_000,
      version: 2,
      kept: 'too',
      entries: { 0: noted, 1: { ...parked(1), acceptedAt: 1_700_000_000 } },
    });
  });

  test('says when the jobs were first accepted, however often they are parked', async () => {
    const message = aMessage();
    await ledger.park(message, [parked(0)]);
    await ledger.park({ ...message, acceptedAt: message.acceptedAt + 9 }, [parked(1)]);
    expect(await table.get(ledgerKey(message))).toMatchObject({ acceptedAt: message.acceptedAt });
  });

  test('leaves an entry of a newer format as it is', async () => {
    const message = aMessage();
    await table.put({ ...ledgerKey(message), schema: 3, of: 'a newer version' });
    const before = await table.get(ledgerKey(message));
    await expect(ledger.park(message, [parked(0)])).rejects.toThrow(Newer);
    expect(await table.get(ledgerKey(message))).toEqual(before);
  });

  test('by many at once loses none', async () => {
    const message = aMessage();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => ledger.park(message, [parked(index)])),
    );
    const item = await table.get(ledgerKey(message));
    expect(Object.keys(item?.entries ?? {})).toHaveLength(10);
  });
});

describe('a job that was sent again', () => {
  const redriven = (redrives: number, state: 'redriving' | 'queued' = 'queued') =>
    parked(0, { state, redrives, since: 1_800_000_000 });

  async function anEntry(...jobs: LedgerJob[]): Promise<SliceMessage> {
    const message = aMessage();
    await ledger.park(message, jobs);
    await ledger.amend(message, () => ({ jobs, redrives: 2 }));
    return message;
  }
  const jobsOf = async (message: SliceMessage) =>
    Object.values((await table.get(ledgerKey(message)))?.entries ?? {});

  test.each([['redriving'], ['queued']] as const)(
    'is parked anew with what it met, even while it is %s',
    async (state) => {
      const message = await anEntry(redriven(2, state));
      await ledger.park({ ...message, redrives: 2 }, [
        parked(0, { reason: 'misconfigured', attempts: 16, redrives: 2 }),
      ]);
      const [job] = await jobsOf(message);
      expect(job).toMatchObject({ reason: 'misconfigured', attempts: 16, redrives: 2 });
      expect(job).not.toHaveProperty('state');
      expect(job).not.toHaveProperty('since');
    },
  );

  test('is not parked by a delivery of before', async () => {
    const message = await anEntry(redriven(2));
    const before = await table.get(ledgerKey(message));
    await ledger.park(message, [parked(0, { redrives: 1 })]);
    await ledger.park(message, [parked(0)]);
    expect(await table.get(ledgerKey(message))).toEqual(before);
  });

  test.each([['abandoning'], ['abandoned']] as const)('is not parked once %s', async (state) => {
    const message = await anEntry(parked(0, { state, redrives: 1 }), parked(1));
    await ledger.park(message, [parked(0, { redrives: 2 })]);
    expect(await jobsOf(message)).toMatchObject([{ state }, { index: 1 }]);
  });

  test('leaves the ledger when it has ended, and others stay', async () => {
    const message = await anEntry(redriven(2), parked(1), parked(2, { state: 'redriving' }));
    await ledger.release(message, new Set([0, 1, 2]));
    expect(await jobsOf(message)).toMatchObject([{ index: 1 }]);
    expect(await table.get(ledgerKey(message))).toMatchObject({ sealed: message.sealed });
  });

  test('takes its sealed token along when it is the last, and nothing is listed any more', async () => {
    const message = await anEntry(redriven(2), parked(1, { state: 'abandoned' }));
    await ledger.release(message, new Set([0]));
    const item = await table.get(ledgerKey(message));
    expect(item).toMatchObject({ redrives: 2, entries: { 1: { state: 'abandoned' } } });
    for (const name of ['sealed', 'lpk', 'lsk']) expect(item).not.toHaveProperty(name);
    expect(item).toHaveProperty('expiresAt');
  });

  test('does not come back by a delivery that was slow to park it', async () => {
    const message = await anEntry(redriven(2));
    await ledger.release(message, new Set([0]));
    await ledger.park({ ...message, redrives: 2 }, [parked(0, { redrives: 2 })]);
    const item = await table.get(ledgerKey(message));
    expect(item).toMatchObject({ entries: {}, ended: [0] });
    expect(item).not.toHaveProperty('sealed');
  });

  test('is not counted as parked, nor is one that is abandoned', async () => {
    await using other = await startTable();
    const own = createLedger(other.table, 30);
    const message = aMessage();
    const states = [undefined, 'parked', 'redriving', 'queued', 'abandoning', 'abandoned'] as const;
    await own.park(message, [parked(0)]);
    await own.amend(message, () => ({
      jobs: states.map((state, index) => parked(index, { state })),
    }));
    expect(await own.count('polar', 1)).toEqual({ parked: 2, exact: true });
  });
});

test('a revocation’s entries are found, those of one part alone, and without their tokens', async () => {
  const { revocation } = aMessage();
  for (const [part, slice] of [
    [0, 0],
    [0, 1],
    [1, 0],
  ] as const) {
    await ledger.park(aMessage({ revocation, part, slice }), [parked(0)]);
  }
  const places = async (part?: number) => {
    const pages = await Array.fromAsync(
      ledger.walk({ revocation, ...(part !== undefined && { part }) }),
    );
    return pages.flat().map((entry) => [entry.part, entry.slice, 'sealed' in entry]);
  };
  expect(await places()).toEqual([
    [0, 0, false],
    [0, 1, false],
    [1, 0, false],
  ]);
  expect(await places(1)).toEqual([[1, 0, false]]);
  // A page at a time.
  const paged = createLedger(
    { ...table, query: (input) => table.query({ ...input, Limit: 1 }) },
    30,
  );
  const pages = await Array.fromAsync(paged.walk({ revocation }));
  expect(pages.flat().map(({ part, slice }) => [part, slice])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
});

describe('list and count', () => {
  const revocations = [1, 2, 3].map((age) => newRevocationId(1_700_000_000_000 + age));

  async function filled() {
    const other = await startTable();
    const own = createLedger(other.table, 30);
    for (const [slice, provider] of ['polar', 'polar-sandbox', 'mollie'].entries()) {
      for (const revocation of revocations.toReversed()) {
        await own.park(aMessage({ revocation, provider, part: 1, slice }), [parked(5), parked(30)]);
      }
    }
    return { own, [Symbol.asyncDispose]: () => other[Symbol.asyncDispose]() };
  }

  test('one provider’s entries come oldest first, page by page, without their tokens', async () => {
    // Prepare
    await using setting = await filled();

    // Act
    const first = await setting.own.list({ provider: 'polar' }, 2);
    const second = await setting.own.list({ provider: 'polar' }, 2, first.entries.at(-1));

    // Assess
    const entries = [...first.entries, ...second.entries];
    expect(entries).toEqual(
      revocations.map((revocation) => ({
        revocation,
        part: 1,
        slice: 0,
        provider: 'polar',
        jobs: [parked(5), parked(30)].map((job) => ({ ...job, acceptedAt: 1_800_000_000 })),
      })),
    );
    expect([first.more, second.more]).toEqual([true, false]);
  });

  test('all entries come by provider', async () => {
    await using setting = await filled();
    const { entries } = await setting.own.list({}, 100);
    expect(entries.map(({ provider }) => provider)).toEqual(
      ['mollie', 'polar', 'polar-sandbox'].flatMap((provider) => [provider, provider, provider]),
    );
  });

  test('a provider’s parked jobs are counted, and those of a provider named alike are not', async () => {
    await using setting = await filled();
    expect(await setting.own.count('polar', 3)).toEqual({ parked: 6, exact: true });
    expect(await setting.own.count('nobody', 3)).toEqual({ parked: 0, exact: true });
  });

  test('an entry of a newer format is listed and counted as far as it is understood', async () => {
    // Prepare
    await using other = await startTable();
    const own = createLedger(other.table, 30);
    const message = aMessage();
    await own.park(message, [parked(0)]);
    const item = { ...(await other.table.get(ledgerKey(message))), ...ledgerKey(message) };
    const write = (job: object) => other.table.put({ ...item, schema: 3, entries: { 0: job } });

    // Act, Assess: with something added, then with something that has no meaning here.
    await write({ ...parked(0), hint: 'of a newer version' });
    expect((await own.list({ provider: 'polar' }, 5)).entries).toMatchObject([
      { jobs: [parked(0)] },
    ]);
    await write({ ...parked(0), reason: 'of a newer kind' });
    expect((await own.list({ provider: 'polar' }, 5)).entries).toMatchObject([
      { revocation: message.revocation, provider: 'polar', jobs: [], shut: true },
    ]);
    expect(await own.count('polar', 1)).toEqual({ parked: 1, exact: true });
  });

  test('counting stops after its pages, and says so', async () => {
    await using setting = await filled();
    expect(await setting.own.count('polar', 0)).toEqual({ parked: 0, exact: false });
  });
});
