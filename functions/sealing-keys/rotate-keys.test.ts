import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { taskKids } from '../../shared/completion/task-kids.ts';
import { sealTaskToken } from '../../shared/completion/task-token.ts';
import { forget, type HeldGrant, type Unversioned } from '../../shared/grants/grant.ts';
import { grantKids } from '../../shared/grants/grant-kids.ts';
import { createGrants } from '../../shared/grants/grants.ts';
import { openGrant, sealGrant } from '../../shared/grants/seal-grant.ts';
import { open, seal } from '../../shared/sealing/envelope.ts';
import { readKeySet } from '../../shared/sealing/key-set.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import type { Need } from '../../shared/sealing/rotation.ts';
import { createSealingKeysSecret } from '../../shared/secrets/sealing-keys-secret.ts';
import { createCompletions } from '../../shared/store/completions.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { ledgerKids } from '../../shared/store/ledger-kids.ts';
import { collectLog, type Line } from '../../test/support/log.ts';
import {
  Refusal,
  startSecretsManager,
  type TestSecretsManager,
} from '../../test/support/secrets-manager.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { mostKeys, type RotationReport, rotateKeys } from './rotate-keys.ts';

const name = 'rescind/sealing-keys';
const seed = JSON.stringify({ version: 1, seed: 'A1'.repeat(32) });
const identity = { revocation: 'rev_1', part: 0, slice: 0, provider: 'polar' };
const jobs = [{ index: 0, token: 'token-4711' }];
const start = new Date('2026-01-01T00:00:00.000Z');
const day = (count: number) => new Date(start.getTime() + count * 86_400_000);

let now = start;
let service: TestSecretsManager;
let table: TestTable;
let lines: Line[];
let asked = 0;
let rotateOn: (days: number, event?: unknown) => Promise<RotationReport>;

beforeEach(async () => {
  service = await startSecretsManager({ now: () => now });
  table = await startTable();
  service.put(name, seed, start);
  const collected = collectLog();
  lines = collected.lines;
  asked = 0;
  const deps = {
    secret: createSealingKeysSecret(service.client, 'rescind'),
    ledgerNeeds: (): Promise<Need> => {
      asked += 1;
      return ledgerKids(table.table);
    },
    grantsNeed: (kids: readonly string[]) => grantKids(kids, table.table),
    tasksNeed: (kids: readonly string[]) => taskKids(kids, table.table),
    rotationDays: 90,
    log: collected.log,
  };
  rotateOn = (days, event = { source: 'aws.events', detail: {} }) => {
    now = day(days);
    return rotateKeys(event, deps, now);
  };
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await table[Symbol.asyncDispose]();
});

const text = () => service.held.get(name)?.versions.at(-1)?.text ?? '';
const keys = () => parseSealingKeys(text());
const writes = () => service.calls.filter((action) => action === 'PutSecretValue').length;
const names = () => lines.map(({ name }) => name);

test('a new key is not to be had without end, and the schedule goes on', async () => {
  for (let count = 2; count < mostKeys; count += 1) await rotateOn(count / 100, { rotate: true });
  const { length } = readKeySet(text()).keys;
  expect(length).toBe(mostKeys);
  now = day(1);
  await expect(rotateOn(1, { rotate: true })).rejects.toThrow(`there are ${mostKeys} keys already`);
  expect(readKeySet(text()).keys).toHaveLength(mostKeys);
  expect(await rotateOn(2)).toMatchObject({ keys: mostKeys - 1 });
});

describe('day by day', () => {
  test('nothing is written, and the ledger is not read, while nothing is due', async () => {
    const report = await rotateOn(89);
    expect(report).toMatchObject({ keys: 1, retired: [] });
    expect([writes(), asked]).toEqual([0, 0]);
    expect(names()).toEqual(['sealing-keys.checked']);
  });

  test('a key is replaced when it is due, and goes when nothing needs it any more', async () => {
    // Prepare
    const before = keys();
    const old = await seal(identity, jobs, before);

    // Act and assess: the new one seals, the old one still opens.
    const replaced = await rotateOn(90);
    expect(replaced).toMatchObject({ keys: 2, added: keys().sealWith.kid, retired: [] });
    expect(await open(identity, old, keys())).toEqual(jobs);
    expect(keys().fingerprintWith).toEqual(before.fingerprintWith);

    // It stays for as long as a message may be queued.
    await rotateOn(104);
    expect([writes(), asked]).toEqual([1, 0]);

    const retired = await rotateOn(105);
    expect(retired).toMatchObject({ keys: 1, retired: [before.sealWith.kid] });
    expect(await rotateOn(105)).toMatchObject({ keys: 1, retired: [] });
    expect(writes()).toBe(2);
    expect(names()).toContain('sealing-keys.retired');
  });

  test('a key that something parked is sealed with stays until that is gone', async () => {
    // Prepare
    const sealed = await seal(identity, jobs, keys());
    const { kid } = keys().sealWith;
    const message = { ...identity, v: 2, redrives: 0, acceptedAt: 1, sealed } as const;
    await createLedger(table.table, 30).park({ ...message, jobs: [] }, [
      { index: 0, fingerprint: 'f', reason: 'refused', attempts: 1, parkedAt: start.toISOString() },
    ]);
    await rotateOn(90);

    // Act and assess
    expect(await rotateOn(150)).toMatchObject({ keys: 2, retired: [] });
    expect(lines.at(-1)).toMatchObject({ name: 'sealing-keys.checked', stillNeeded: 1 });
    expect(await open(identity, sealed, keys())).toEqual(jobs);
    await table.table.put({ pk: 'REV#rev_1', sk: 'LEDGER#000000#000000' });
    expect(await rotateOn(151)).toMatchObject({ keys: 1, retired: [kid] });
  });

  test('a key that a grant is sealed with stays for years, until that has another or none', async () => {
    // Prepare
    const place = { home: 'subject', grantId: 'g', provider: 'polar' };
    const held = async (): Promise<Unversioned<HeldGrant>> => ({
      ...place,
      state: 'held',
      sealed: await sealGrant(place, { accessToken: 'token-4711' }, keys()),
      tokens: {},
      members: ['subject'],
      left: [],
      registeredBy: 'tester',
      createdAt: start.toISOString(),
      updatedAt: start.toISOString(),
    });
    const grants = createGrants(table.table, 30);
    const old = keys().sealWith.kid;
    const first = await held();
    let saved = await grants.save(first, undefined);

    // Act and assess
    await rotateOn(90);
    expect(await rotateOn(1000)).toMatchObject({ retired: [] });
    expect(await openGrant({ ...first, version: '' }, keys())).toHaveProperty('accessToken');

    const fresh = await held();
    saved = await grants.save(fresh, saved?.version);
    expect(await rotateOn(1001)).toMatchObject({ retired: [old] });
    const newer = keys().sealWith.kid;
    await rotateOn(1100);
    expect(await rotateOn(1116)).toMatchObject({ retired: expect.not.arrayContaining([newer]) });
    await grants.save(forget({ ...fresh, version: '' }, start.toISOString()), saved?.version);
    expect(await rotateOn(1117)).toMatchObject({ retired: expect.arrayContaining([newer]) });
  });
});

test('a key that a task token is sealed with stays until the task has been told', async () => {
  // Prepare
  const { kid } = keys().sealWith;
  const completions = createCompletions(table.table, 30);
  const sealed = await sealTaskToken('rev_1', 'task-4711', keys());
  await completions.keepTask('rev_1', sealed);
  await rotateOn(90);

  // Act and assess
  expect(await rotateOn(150)).toMatchObject({ keys: 2, retired: [] });
  expect(await completions.forgetTask('rev_1', sealed)).toBe(true);
  expect(await rotateOn(151)).toMatchObject({ keys: 1, retired: [kid] });
});

describe('asked for', () => {
  test('a new key comes at once', async () => {
    expect(await rotateOn(1, { rotate: true })).toMatchObject({ keys: 2, retired: [] });
    expect(names()).toEqual(['sealing-keys.added', 'sealing-keys.checked']);
  });

  test.each([undefined, null, {}, { rotate: false }])('%j asks for none', async (event) => {
    expect(await rotateOn(1, event)).toMatchObject({ keys: 1 });
  });

  test.each(['rotate', { rotate: 'yes' }, 7])(
    '%j is refused, saying what may be asked',
    async (event) => {
      await expect(rotateOn(1, event)).rejects.toThrow('the event must be {"rotate": true}');
      expect(writes()).toBe(0);
    },
  );
});

describe('what cannot be done leaves the keys as they are', () => {
  test.each([
    ['are not usable', '{"keys":[],"note":"secret-4711"}', /no sealing key of use "enc"/],
    ['are not JSON', 'secret-4711', /not JSON/],
  ])('when they %s', async (_, broken, message) => {
    service.put(name, broken, start);
    await expect(rotateOn(90, { rotate: true })).rejects.toThrow(message);
    expect(text()).toBe(broken);
    expect(lines).toMatchObject([{ name: 'sealing-keys.failed', fault: 'SealingKeysFault' }]);
    expect(JSON.stringify(lines)).not.toContain('4711');
  });

  test.each(['GetSecretValue', 'DescribeSecret', 'PutSecretValue'])(
    'when %s fails, and says so without quoting',
    async (failing) => {
      service.intercept = async (action) => {
        if (action === failing) throw new Refusal('InvalidRequestException', 'quotes secret-4711');
      };
      await expect(rotateOn(90)).rejects.toThrow(/^the sealing keys were not rotated: the log/);
      expect(text()).toBe(seed);
      expect(lines).toMatchObject([{ name: 'sealing-keys.failed' }]);
      expect(JSON.stringify(lines)).not.toContain('4711');
    },
  );

  test('when the ledger cannot be read, though a key may be due to go', async () => {
    await rotateOn(90);
    await table[Symbol.asyncDispose]();
    await expect(rotateOn(105)).rejects.toThrow();
    expect(keys().openWith.size).toBe(2);
    table = await startTable();
  });

  test('when a person changes them meanwhile', async () => {
    const theirs = generateSealingKeys();
    let reads = 0;
    service.intercept = async (action) => {
      if (action === 'GetSecretValue' && ++reads === 2) service.put(name, theirs);
    };
    await expect(rotateOn(90)).rejects.toThrow('the sealing keys have changed');
    expect(text()).toBe(theirs);
  });
});

test('no key ever stands in the log or in the report', async () => {
  const report = [await rotateOn(90), await rotateOn(105, { rotate: true })];
  const told = JSON.stringify([lines, report]);
  for (const { versions } of service.held.values()) {
    for (const { text } of versions) {
      for (const key of parseSealingKeys(text).openWith.values()) {
        expect(told).not.toContain(Buffer.from(key).toString('base64url'));
      }
    }
  }
  expect(told).not.toContain('A1A1');
});
