import { expect, test } from 'vitest';
import { sealingKeys, sliceOf } from '../../test/support/slices.ts';
import { startTable } from '../../test/support/table.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from './keys.ts';
import { createLedger } from './ledger.ts';
import type { LedgerJob, LedgerState } from './ledger-entry.ts';
import { ledgerKids } from './ledger-kids.ts';
import type { Table } from './table.ts';

const parked = (index: number): LedgerJob => ({
  index,
  fingerprint: 'f',
  reason: 'exhausted',
  attempts: 8,
  parkedAt: '2026-01-01T00:00:00.000Z',
});

/** Parks a slice, as if sealed with another key where one is given. */
async function park(table: Table, kid?: string): Promise<SliceMessage> {
  const message = await sliceOf(['token']);
  const [, ...rest] = message.sealed.split('.');
  const header = btoa(JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid })).replaceAll('=', '');
  const sealed = kid === undefined ? message.sealed : [header, ...rest].join('.');
  await createLedger(table, 30).park({ ...message, sealed }, [parked(0), parked(1)]);
  return message;
}

test('an empty ledger needs no key', async () => {
  await using setting = await startTable();
  expect(await ledgerKids(setting.table)).toEqual({ kids: new Set(), untold: false });
});

test('a parked slice needs the key it was sealed with', async () => {
  await using setting = await startTable();
  await park(setting.table);
  await park(setting.table, 'older');
  await park(setting.table, 'older');
  expect(await ledgerKids(setting.table)).toEqual({
    kids: new Set([sealingKeys.sealWith.kid, 'older']),
    untold: false,
  });
});

test('all pages are read', async () => {
  await using setting = await startTable();
  for (const kid of ['one', 'two', 'three', 'four']) await park(setting.table, kid);
  const pages: Pick<Table, 'query'> = {
    query: (input) => setting.table.query({ ...input, Limit: 1 }),
  };
  expect([...(await ledgerKids(pages)).kids].sort()).toEqual(['four', 'one', 'three', 'two']);
});

/** Brings the first jobs of an entry into these states. */
async function become(table: Table, message: SliceMessage, ...states: LedgerState[]) {
  await createLedger(table, 30).amend(message, ({ jobs }) => ({
    jobs: jobs.map((job, at) => ({ ...job, state: states[at] })),
  }));
}

test.each<LedgerState>(['redriving', 'queued', 'abandoning'])(
  'a job that is %s still needs its key',
  async (state) => {
    await using setting = await startTable();
    const message = await park(setting.table, 'older');
    await become(setting.table, message, 'abandoned', state);
    expect((await ledgerKids(setting.table)).kids).toEqual(new Set(['older']));
  },
);

test('a slice that was sent again needs its key until its last job has ended', async () => {
  await using setting = await startTable();
  const { table } = setting;
  const message = await park(table, 'older');
  await become(table, message, 'queued', 'queued');
  await createLedger(table, 30).release(message, new Set([0]));
  expect((await ledgerKids(table)).kids).toEqual(new Set(['older']));
  await createLedger(table, 30).release(message, new Set([1]));
  expect(await ledgerKids(table)).toEqual({ kids: new Set(), untold: false });
});

test.each([[undefined], [7]])('an entry with a job whose key is %j may need any', async (kid) => {
  await using setting = await startTable();
  const { table } = setting;
  const message = await park(table, 'older');
  const item = (await table.get(ledgerKey(message))) ?? {};
  const entries = { ...(item.entries as Record<string, object>), 1: { ...parked(1), kid } };
  await table.put({ ...item, entries });
  expect(await ledgerKids(table)).toMatchObject({ untold: true });
});

test.each<LedgerState>(['redriving', 'queued', 'abandoning'])(
  'a job that is %s still needs its key',
  async (state) => {
    await using setting = await startTable();
    const message = await park(setting.table, 'older');
    await become(setting.table, message, 'abandoned', state);
    expect((await ledgerKids(setting.table)).kids).toEqual(new Set(['older']));
  },
);

test('a slice that was sent again needs its key until its last job has ended', async () => {
  await using setting = await startTable();
  const message = await park(setting.table, 'older');
  await become(setting.table, message, 'queued', 'queued');
  const ledger = createLedger(setting.table, 30);
  await ledger.release(message, new Set([0]));
  expect((await ledgerKids(setting.table)).kids).toEqual(new Set(['older']));
  await ledger.release(message, new Set([1]));
  expect((await ledgerKids(setting.table)).kids).toEqual(new Set());
});

test('an entry whose tokens are erased needs none', async () => {
  await using setting = await startTable();
  const { table } = setting;
  const message = await park(table, 'older');
  await become(table, message, 'abandoned', 'abandoned');
  expect(await ledgerKids(table)).toEqual({ kids: new Set(), untold: false });
  expect(JSON.stringify(await table.get(ledgerKey(message)))).not.toContain(message.sealed);
});
