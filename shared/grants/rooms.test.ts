import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { retentionDays } from '../../test/support/stores.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import type { Table } from '../store/table.ts';
import { forget, type HeldGrant, type Unversioned } from './grant.ts';
import { createGrants, type Grants } from './grants.ts';
import { createRooms, maximumGrants, maximumRecords, type Rooms } from './rooms.ts';

let table: TestTable;
let grants: Grants;
let rooms: Rooms;
/** Reads and writes since they were last asked for. */
let requests = 0;
beforeAll(async () => {
  table = await startTable();
  const counted = <Args extends unknown[], Result>(call: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      requests += 1;
      return call(...args);
    };
  };
  const { get, put, query } = table.table;
  const own: Table = {
    ...table.table,
    get: counted(get),
    put: counted(put),
    query: counted(query),
  };
  grants = createGrants(own, retentionDays);
  rooms = createRooms(own, grants, retentionDays);
});
afterAll(() => table[Symbol.asyncDispose]());

const held = (home: string, grantId: string, members = [home]): Unversioned<HeldGrant> => ({
  home,
  grantId,
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
const ids = (count: number, owner: string, first = 0) =>
  Array.from({ length: count }, (_, index) => `g-${first + index}#${owner}`);
const save = (home: string, all: readonly string[]) =>
  Promise.all(all.map((grantId) => grants.save(held(home, grantId), undefined)));
/** The records of what has been forgotten. */
const saveGone = (home: string, all: readonly string[]) =>
  Promise.all(
    all.map((grantId) =>
      grants.save(forget({ ...held(home, grantId), version: '' }, '2026-01-02'), undefined),
    ),
  );

test('one owner’s room is full, and another’s is not any fuller for it', async () => {
  await save('full', ids(maximumGrants, 'one'));
  expect(await rooms.take('full', 'more#one')).toBe('full of grants');
  expect(await rooms.take('full', 'more#two')).toBe('room');
  expect(await rooms.take('full', 'more')).toBe('room');
  // What has its place keeps it.
  expect(await rooms.take('full', 'g-7#one')).toBe('room');
});

test('a place costs as much whatever others have put there', async () => {
  await save('cheap', ids(200, 'other'));
  await rooms.take('cheap', 'first#own');
  requests = 0;
  expect(await rooms.take('cheap', 'second#own')).toBe('room');
  expect(requests).toBe(2);
  expect(await rooms.take('cheap', 'second#own')).toBe('room');
  expect(requests).toBe(3);
});

test('a place is free again for another when its grant is gone, but not for ever more records', async () => {
  const first = ids(maximumGrants, 'own');
  await saveGone('churned', first.slice(0, 3));
  await save('churned', first.slice(3));
  for (const grantId of ids(3, 'own', 1000)) {
    expect(await rooms.take('churned', grantId)).toBe('room');
    await grants.save(held('churned', grantId), undefined);
  }
  expect(await rooms.take('churned', 'another#own')).toBe('full of grants');
  // Nor by the ids of those that are gone, which have their place still.
  expect(await rooms.take('churned', 'g-0#own')).toBe('full of grants');

  const records = ids(maximumRecords, 'own');
  await saveGone('recorded', records.slice(1));
  expect(await rooms.take('recorded', 'g-0#own')).toBe('room');
  await grants.save(held('recorded', 'g-0#own'), undefined);
  requests = 0;
  expect(await rooms.take('recorded', 'one-more#own')).toBe('full of records');
  expect(requests).toBeLessThanOrEqual(1 + maximumRecords);
  expect(await rooms.take('recorded', 'g-1#own')).toBe('room');
});

test('those who come at the same time all get a place, and no more than there are', async () => {
  await save('rushed', ids(maximumGrants - 5, 'own'));
  const rush = ids(8, 'own', 1000).map((grantId) => rooms.take('rushed', grantId));
  const taken = await Promise.all(rush);
  expect(taken.filter((room) => room === 'room')).toHaveLength(5);
});

test('what was begun and never written gives its place back in a minute', async () => {
  await save('begun', ids(maximumGrants - 1, 'own'));
  expect(await rooms.take('begun', 'died#own')).toBe('room');
  expect(await rooms.take('begun', 'next#own')).toBe('full of grants');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
  expect(await rooms.take('begun', 'next#own')).toBe('room');
  vi.useRealTimers();
});
