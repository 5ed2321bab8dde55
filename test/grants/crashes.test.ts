import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTaskToken } from '../../shared/completion/task-token.ts';
import { countsOf } from '../../shared/domain/revocation.ts';
import { concludeGrants } from '../../shared/grants/conclude.ts';
import { isLive } from '../../shared/grants/grant.ts';
import { fingerprint, subjectKey } from '../../shared/sealing/fingerprint.ts';
import { subjectPartition } from '../../shared/store/keys.ts';
import { type Act, type GrantWorld, grantWorld } from '../support/grant-world.ts';
import type { Death } from '../support/ledger-world.ts';
import { sealingKeys } from '../support/slices.ts';
import { storesOn } from '../support/stores.ts';
import { startTable, type TestTable } from '../support/table.ts';

let table: TestTable;
let world: GrantWorld;
/** Task tokens that state machines were told to go on by. */
const tasks = new Set<string>();
beforeAll(async () => {
  table = await startTable();
  // As the function of completions does, but at once.
  world = await grantWorld(table.table, async ({ id }) => {
    const sealed = await storesOn(table.table).completions.sealedTask(id);
    if (sealed !== undefined) tasks.add(await openTaskToken(id, sealed, sealingKeys));
  });
});
afterAll(() => table[Symbol.asyncDispose]());

let people = 0;
const aPerson = () => {
  people += 1;
  return `person-${people}`;
};

const put = (person: string, grantId: string, token: string, sharedBy?: string[]): Act => ({
  kind: 'put',
  person,
  grantId,
  body: {
    provider: 'mollie',
    accessToken: `access_${token}`,
    refreshToken: `refresh_${token}`,
    ...(sharedBy && { sharedBy }),
  },
});
const revoke = (
  person: string,
  more: { includeShared?: boolean; key?: string; taskToken?: string } = {},
): Act => ({
  kind: 'revoke',
  person,
  includeShared: false,
  ...more,
});

/** Callers repeat what has failed. */
async function insist(act: Act, death?: Death) {
  return world.act(act, death).catch(() => world.act(act));
}

async function conclude(...persons: string[]) {
  const { grants } = world.deps.registry;
  for (const person of persons) {
    await concludeGrants(subjectKey(person, sealingKeys), { ...world.deps, grants });
  }
}

/** What the table still holds sealed of these persons. */
async function sealedOf(...persons: string[]): Promise<unknown[]> {
  const pages = await Promise.all(
    persons.map((person) =>
      table.table.query({
        KeyConditionExpression: 'pk = :pk',
        values: { ':pk': subjectPartition(subjectKey(person, sealingKeys)) },
      }),
    ),
  );
  return pages.flatMap(({ items }) => items).filter(({ sealed }) => sealed !== undefined);
}

/** Every revocation that was made for a person, whether it was taken in or not. */
async function revocationsOf(person: string): Promise<string[]> {
  const { items } = await world.deps.revocations.list(100);
  const subject = subjectKey(person, sealingKeys);
  return items.filter((revocation) => revocation.subject === subject).map(({ id }) => id);
}

/** Fingerprints of the access tokens that a person's held grants have. */
async function heldPrintsOf(person: string): Promise<string[]> {
  const all = await world.deps.registry.grants.all(subjectKey(person, sealingKeys));
  return all
    .filter(({ state }) => state === 'held')
    .flatMap(({ tokens }) => tokens.access_token?.fingerprint ?? []);
}

const statesOf = async (person: string) => {
  const all = await world.deps.registry.grants.all(subjectKey(person, sealingKeys));
  return all.map(({ state }) => state);
};

/** More requests than any of these acts makes. */
const requests = Array.from({ length: 12 }, (_, index) => index + 1);

describe.each([
  ['before it is done, repeated with its Idempotency-Key,', false],
  ['after it is done, repeated without a key,', true],
])('a revocation that dies at a request %s', (_, after) => {
  test.each(requests)('the %d., loses nothing and counts each job once', async (request) => {
    // Prepare
    const [person, sharer] = [aPerson(), aPerson()];
    await world.act(put(person, 'a', `${person}-a`));
    await world.act(put(person, 'b', `${person}-b`));
    await world.act(put(person, 'team', `${person}-team`, [sharer]));
    const act = revoke(person, after ? {} : { key: person });

    // Act
    const revoked = await insist(act, { request, after });
    await world.work();
    await conclude(person);

    // Assess
    expect(await statesOf(person)).toEqual(['revoked', 'revoked', 'held']);
    for (const token of ['access', 'refresh'].flatMap((type) =>
      ['a', 'b'].map((id) => `${type}_${person}-${id}`),
    )) {
      expect(world.dead).toContain(token);
    }
    expect(world.dead).not.toContain(`access_${person}-team`);
    expect(revoked?.survey.left).toMatchObject([{ grantId: 'team' }]);
    const revocation = await world.deps.revocations.get(revoked?.revocation?.id ?? '');
    expect(revocation).toMatchObject({ acceptedAt: expect.any(String), total: 4 });
    expect(revocation && countsOf(revocation)).toMatchObject({ revoked: 4, queued: 0 });
    // What was begun is gone on with, and nothing is begun beside it.
    expect(await revocationsOf(person)).toEqual([revocation?.id]);
    // Said once more, it is the same.
    expect(await world.act(act)).toMatchObject({ revocation: { id: revocation?.id } });
    expect(world.lane).toEqual([]);

    await world.act(revoke(sharer));
    await world.work();
    await conclude(sharer);
    expect(world.dead).toContain(`refresh_${person}-team`);
    expect(await sealedOf(person, sharer)).toEqual([]);
  });
});

test.each(requests)(
  'a registration that dies at request %d leaves no sharer behind',
  async (request) => {
    for (const after of [false, true]) {
      const [person, one, other] = [aPerson(), aPerson(), aPerson()];
      const act = put(person, 'team', person, [one, other]);
      await insist(act, { request, after });
      for (const leaving of [other, person, one]) await world.act(revoke(leaving));
      await world.work();
      await conclude(one);
      expect(world.dead).toContain(`access_${person}`);
      expect(await sealedOf(person, one, other)).toEqual([]);
    }
  },
);

const aDeath: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ request: fc.integer({ min: 1, max: 14 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);

test('a task that was taken ends, whoever else calls or works at the time and wherever they die', async () => {
  const acts = fc.array(
    fc.record({
      what: fc.constantFrom('task', 'task', 'revoke', 'refresh', 'work'),
      death: aDeath,
    }),
    { minLength: 2, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), acts, async (scheduler, chosen) => {
      // Prepare
      const person = aPerson();
      await world.act(put(person, 'own', person));
      const taken: string[] = [];

      // Act: whoever is refused, or dies, has failed its state.
      const running = chosen.map(async ({ what, death }, number) => {
        const taskToken = `task-${person}-${number}`;
        const act: Act =
          what === 'refresh'
            ? put(person, 'own', `${person}-fresh-${number}`)
            : revoke(person, what === 'task' ? { taskToken } : {});
        if (what === 'work') {
          await scheduler.schedule(Promise.resolve(), 'work');
          return world.work();
        }
        const done = await world.act(act, death, scheduler).catch(() => undefined);
        if (done !== undefined && what === 'task') taken.push(taskToken);
      });
      await scheduler.waitFor(Promise.all(running));
      // What has been cut off is gone on with by the next.
      await world.act(revoke(person)).catch(() => undefined);
      await world.work();

      // Assess
      for (const token of taken) expect(tasks).toContain(token);
    }),
    { numRuns: 15 },
  );
});

test('whatever callers do at the same time and wherever they die, the last to leave ends it', async () => {
  const acts = fc.array(
    fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('revoke', 'refresh', 'forget'),
      death: aDeath,
    }),
    { minLength: 1, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), acts, async (scheduler, chosen) => {
      // Prepare: three people share one grant, and each has one alone.
      const persons = [aPerson(), aPerson(), aPerson()];
      const [first = '', ...others] = persons;
      await world.act(put(first, 'team', first, others));
      for (const person of persons) await world.act(put(person, 'own', `${person}-own`));

      // Act: all at once, in any order of their requests; each repeats what has failed.
      const left = new Set<string>();
      const running = chosen.map(async ({ who, what, death }, number) => {
        const person = persons[who] ?? first;
        if (what === 'revoke' || what === 'forget') left.add(person);
        const token = `${person}-fresh-${number}`;
        const act: Act =
          what === 'revoke'
            ? revoke(person)
            : what === 'forget'
              ? { kind: 'forget', person, grantId: 'team' }
              : put(person, 'own', token);
        try {
          await world.act(act, death, scheduler);
        } catch {
          await world.act(act, undefined, scheduler).catch(() => undefined);
        }
      });
      await scheduler.waitFor(Promise.all(running));
      await world.work();

      // Assess: as long as one stays, the shared grant lives.
      const stays = persons.some((person) => !left.has(person));
      if (stays) expect(world.dead).not.toContain(`access_${first}`);
      const held = await Promise.all(persons.map(heldPrintsOf));
      for (const person of persons) {
        await world.act(revoke(person));
        await world.work();
      }
      await conclude(...persons);
      expect(await sealedOf(...persons)).toEqual([]);
      for (const person of persons) {
        const all = await world.deps.registry.grants.all(subjectKey(person, sealingKeys));
        expect(all.filter(isLive)).toEqual([]);
        expect(all.filter(({ grantId }) => grantId === 'own')).toMatchObject([
          { state: 'revoked' },
        ]);
        // What was begun has come to its end, and counts all that it is made of.
        for (const id of await revocationsOf(person)) {
          const revocation = await world.deps.revocations.get(id);
          if (revocation?.acceptedAt === undefined) continue;
          expect(countsOf(revocation)).toMatchObject({ queued: 0 });
        }
      }
      // Every token that was taken last is dead, and so is the shared one, unless all forgot it.
      const prints = new Set([...world.dead].map((token) => fingerprint(token, sealingKeys)));
      for (const print of held.flat()) expect(prints).toContain(print);
    }),
    { numRuns: 25 },
  );
});
