import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { retentionDays } from '../../test/support/stores.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { Newer } from '../domain/newer.ts';
import { grantKey } from '../store/keys.ts';
import { forget, type HeldGrant, type Unversioned } from './grant.ts';
import { createGrants, type Grants } from './grants.ts';

let table: TestTable;
let grants: Grants;
beforeAll(async () => {
  table = await startTable();
  grants = createGrants(table.table, retentionDays);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => table[Symbol.asyncDispose]());

const held = (home: string, members: readonly string[] = [home]): Unversioned<HeldGrant> => ({
  home,
  grantId: 'g',
  state: 'held',
  provider: 'polar',
  sealed: 'sealed',
  tokens: {},
  members,
  left: [],
  registeredBy: 'tester',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
});

const kindOf = async (subject: string) => (await grants.find(subject, 'g')).kind;

test('a write needs what was read to be there still', async () => {
  const saved = await grants.save(held('cas'), undefined);
  expect(saved).toBeDefined();
  expect(await grants.save(held('cas'), undefined)).toBeUndefined();
  expect(await grants.save(held('cas'), 'another')).toBeUndefined();
  expect(await grants.save(held('cas'), saved?.version)).toBeDefined();
});

test('what holds no token is forgotten in time, what holds one is not', async () => {
  const saved = await grants.save(held('ttl'), undefined);
  expect(await table.table.get(grantKey('ttl', 'g'))).not.toHaveProperty('expiresAt');
  const at = '2026-01-01T00:00:00.000Z';
  await grants.save(forget({ ...held('ttl'), version: '' }, at), saved?.version);
  const item = await table.table.get(grantKey('ttl', 'g'));
  expect(item).toMatchObject({ expiresAt: expect.any(Number), state: 'forgotten' });
  expect(item).not.toHaveProperty('sealed');
  expect(item).not.toHaveProperty('lpk');
});

describe('a pointer', () => {
  test('leads to the grant of which its owner is a member', async () => {
    expect(await grants.point('led', 'g', 'home-1')).toBe(true);
    await grants.save(held('home-1', ['home-1', 'led']), undefined);
    expect(await grants.find('led', 'g')).toMatchObject({
      kind: 'taken',
      grant: { home: 'home-1' },
    });
    expect(await grants.all('led')).toHaveLength(1);
  });

  test('that nothing confirms is for somebody who may be about to, and then for nobody', async () => {
    await grants.point('waiting', 'g', 'home-2');
    expect(await kindOf('waiting')).toBe('pending');
    expect(await grants.point('waiting', 'g', 'home-3')).toBe(false);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await kindOf('waiting')).toBe('free');
    expect(await grants.point('waiting', 'g', 'home-3')).toBe(true);
  });

  test('does not take the place of a grant that lives, but of one that is gone', async () => {
    const saved = await grants.save(held('owner'), undefined);
    expect(await grants.point('owner', 'g', 'home-4')).toBe(false);
    const at = '2026-01-01T00:00:00.000Z';
    await grants.save(forget({ ...held('owner'), version: '' }, at), saved?.version);
    expect(await grants.point('owner', 'g', 'home-4')).toBe(true);
  });
});

test('what a newer version wrote is left alone', async () => {
  await table.table.put({ ...grantKey('newer', 'g'), schema: 99 });
  await expect(grants.find('newer', 'g')).rejects.toBeInstanceOf(Newer);
  await expect(grants.all('newer')).rejects.toBeInstanceOf(Newer);
});

test('a list is read page by page', async () => {
  const ids = Array.from({ length: 7 }, (_, number) => `g-${number}`);
  for (const grantId of ids) await grants.save({ ...held('many'), grantId }, undefined);
  const found: string[] = [];
  let after: string | undefined;
  do {
    const page = await grants.page('many', 3, after);
    found.push(...page.grants.map(({ grantId }) => grantId));
    after = page.next;
  } while (after !== undefined);
  expect(found).toEqual(ids);
});
