import { afterAll, describe, expect, test } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { newRevocationId } from '../domain/revocation.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from './keys.ts';
import { createLedger, type ParkedJob } from './ledger.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const ledger = createLedger(table);

const aMessage = (change: Partial<SliceMessage> = {}): SliceMessage => ({
  v: 1,
  revocation: newRevocationId(),
  part: 0,
  slice: 0,
  provider: 'polar',
  redrives: 0,
  jobs: [{ index: 0, fingerprint: 'f' }],
  sealed: 'a.sealed.envelope',
  ...change,
});

const parked = (index: number, change: Partial<ParkedJob> = {}): ParkedJob => ({
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

  test('by many at once loses none', async () => {
    const message = aMessage();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => ledger.park(message, [parked(index)])),
    );
    const item = await table.get(ledgerKey(message));
    expect(Object.keys(item?.entries ?? {})).toHaveLength(10);
  });
});

describe('list and count', () => {
  const revocations = [1, 2, 3].map((age) => newRevocationId(1_700_000_000_000 + age));

  async function filled() {
    const other = await startTable();
    const own = createLedger(other.table);
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
    const first = await setting.own.list('polar', 2);
    const second = await setting.own.list('polar', 2, first.entries.at(-1));

    // Assess
    const entries = [...first.entries, ...second.entries];
    expect(entries).toEqual(
      revocations.map((revocation) => ({
        revocation,
        part: 1,
        slice: 0,
        provider: 'polar',
        jobs: [parked(5), parked(30)],
      })),
    );
    expect([first.more, second.more]).toEqual([true, false]);
  });

  test('all entries come by provider', async () => {
    await using setting = await filled();
    const { entries } = await setting.own.list(undefined, 100);
    expect(entries.map(({ provider }) => provider)).toEqual(
      ['mollie', 'polar', 'polar-sandbox'].flatMap((provider) => [provider, provider, provider]),
    );
  });

  test('a provider’s parked jobs are counted, and those of a provider named alike are not', async () => {
    await using setting = await filled();
    expect(await setting.own.count('polar', 3)).toEqual({ parked: 6, exact: true });
    expect(await setting.own.count('nobody', 3)).toEqual({ parked: 0, exact: true });
  });

  test('counting stops after its pages, and says so', async () => {
    await using setting = await filled();
    expect(await setting.own.count('polar', 0)).toEqual({ parked: 0, exact: false });
  });
});
