import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { abandon } from '../../shared/dead-letters/abandon.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { type HeldGrant, startRevoking, type Unversioned } from '../../shared/grants/grant.ts';
import { grantKids } from '../../shared/grants/grant-kids.ts';
import { createGrants, type Grants } from '../../shared/grants/grants.ts';
import { walkRevoking } from '../../shared/grants/revoking.ts';
import { sealGrant } from '../../shared/grants/seal-grant.ts';
import { grantKey } from '../../shared/store/keys.ts';
import { collectLog } from '../../test/support/log.ts';
import { collectMetrics } from '../../test/support/metrics.ts';
import { sealingKeys, sliceOf } from '../../test/support/slices.ts';
import { type AllStores, retentionDays, storesOn } from '../../test/support/stores.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { recordWork } from '../../test/support/work.ts';
import { eraseGrants } from './erase-grants.ts';

let table: TestTable;
let grants: Grants;
let stores: AllStores;
beforeAll(async () => {
  table = await startTable();
  grants = createGrants(table.table, retentionDays);
  stores = storesOn(table.table);
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => table[Symbol.asyncDispose]());

const { log, lines } = collectLog();
const erase = (deadline = Number.POSITIVE_INFINITY) =>
  eraseGrants(
    {
      providers: [],
      stores,
      grants,
      revoking: () => walkRevoking(table.table),
      lanes: { send: async () => {} },
      paceOf: () => ({ read: async () => ({}) }),
      maxAgeDays: 7,
      log,
      metrics: collectMetrics().metrics,
    },
    deadline,
  );

/** A grant that is being revoked as one job, and the message of that. */
async function revoking(home: string, sharer?: string) {
  const revocation = newRevocationId();
  const place = { home, grantId: 'g', provider: 'polar' };
  const at = new Date().toISOString();
  const held: Unversioned<HeldGrant> = {
    ...place,
    state: 'held',
    sealed: await sealGrant(place, { accessToken: 'token-4711' }, sealingKeys),
    tokens: {},
    members: sharer === undefined ? [home] : [home, sharer],
    left: [],
    registeredBy: 'tester',
    createdAt: at,
    updatedAt: at,
  };
  if (sharer !== undefined) await grants.point(sharer, 'g', home);
  await grants.save(startRevoking({ ...held, version: '' }, revocation, [0], at), undefined);
  const message = await sliceOf(['token-4711'], { revocation, provider: 'polar' });
  const common = { requestedBy: 'tester', createdAt: at, total: 1 };
  await stores.revocations.create({ id: revocation, subject: home, ...common });
  return { revocation, message };
}

const itemOf = (home: string) => table.table.get(grantKey(home, 'g'));

test('what has ended is erased though nobody looks, and what is parked is kept until it ends', async () => {
  const done = await revoking('done', 'sharer');
  const parked = await revoking('parked');
  for (const { revocation } of [done, parked]) await stores.revocations.accept(revocation, 'now');
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
  await recordWork(done.message, stores, { outcome: 'revoked', evidence: 'accepted' });
  await recordWork(parked.message, stores, { outcome: 'parked', reason: 'refused' });

  expect(await erase()).toEqual({ erased: 1, complete: true });
  expect(await itemOf('done')).toMatchObject({ state: 'revoked', expiresAt: expect.any(Number) });
  expect(await itemOf('done')).not.toHaveProperty('sealed');
  // Nor does anything stay for ever of those whom it served.
  expect(await itemOf('sharer')).toMatchObject({ pointsTo: 'done', expiresAt: expect.any(Number) });
  expect(await itemOf('parked')).toMatchObject({ state: 'revoking', sealed: expect.any(String) });

  // No completion tells of what is abandoned later.
  await abandon(parked.message, new Set([0]), { by: 'jane', note: 'why' }, stores);
  expect(await erase()).toMatchObject({ erased: 1 });
  expect(await itemOf('parked')).toMatchObject({ state: 'abandoned' });
  expect(await erase()).toMatchObject({ erased: 0 });
  expect(lines).toEqual([]);
});

test('a call that died half-way and was not repeated is told of', async () => {
  const { revocation } = await revoking('dead-call');
  await erase();
  expect(lines).toEqual([]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
  await erase();
  expect(lines).toMatchObject([{ name: 'subject.unfinished', revocation, grants: 1 }]);
  expect(await itemOf('dead-call')).toHaveProperty('sealed');
});

test('what is being revoked holds its sealing key, and a sweep ends in time', async () => {
  await revoking('holding');
  const { kid } = sealingKeys.sealWith;
  expect(await grantKids([kid, 'other'], table.table)).toEqual(new Set([kid]));
  expect(await erase(0)).toMatchObject({ complete: false });
});
