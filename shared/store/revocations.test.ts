import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { startTable } from '../../test/support/table.ts';
import { Newer } from '../domain/newer.ts';
import { type JobRecord, type Outcome, outcomes } from '../domain/outcome.ts';
import { newRevocationId, statusOf } from '../domain/revocation.ts';
import { partKey } from './keys.ts';
import { createRevocations, expiry } from './revocations.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const revocations = createRevocations(table, 30);

async function created(total: number, label?: string) {
  const id = newRevocationId();
  const createdAt = new Date().toISOString();
  await revocations.create({ id, label, requestedBy: 'tester', createdAt, total });
  return id;
}

/** Progress of a slice that stands as it did. */
const progress = (id: string, own: ReadonlyMap<number, JobRecord>) =>
  revocations.progress(id, 0, own, async () => own);

const records = (outcome: Outcome | undefined, ...indexes: number[]) =>
  new Map(
    indexes.map((index): [number, JobRecord] => [
      index,
      { fingerprint: 'f', attempts: 1, at: 1_800_000_000, outcome },
    ]),
  );

describe('a part that is reopened', () => {
  test('is not told by who came before that its jobs are parked, nor that it is complete', async () => {
    const id = await created(2);
    await progress(id, records('parked', 0, 1));
    await revocations.reopen(id, 0, new Set([0]));
    const before = await revocations.get(id);

    // Whoever has found both parked asks again, and is told that one is not.
    await revocations.progress(id, 0, records('parked', 0, 1), async () => records('parked', 1));

    expect(await revocations.get(id)).toEqual(before);
    expect(before).toMatchObject({ ended: { parked: 1 } });
    expect(before?.completedAt).toBeUndefined();
    await progress(id, records('revoked', 0));
    expect(await revocations.get(id)).toMatchObject({
      ended: { parked: 1, revoked: 1 },
      completedAt: expect.any(String),
    });
  });

  test('once more while they ask has them ask again', async () => {
    const id = await created(1);
    await revocations.reopen(id, 0, new Set([0]));
    let asked = 0;
    await revocations.progress(id, 0, records('parked', 0), async () => {
      asked += 1;
      if (asked === 1) await revocations.reopen(id, 0, new Set([0]));
      return records('parked', 0);
    });
    expect(asked).toBe(2);
    expect(await revocations.get(id)).toMatchObject({ ended: { parked: 1 } });
  });

  test('that has been forgotten stays so', async () => {
    const id = newRevocationId();
    await revocations.reopen(id, 0, new Set([0]));
    await progress(id, records('parked', 0));
    expect(await table.get(partKey(id, 0))).toBeUndefined();
  });
});

describe('create', () => {
  test('keeps who asked for what, with nothing done yet, and when to forget it', async () => {
    const id = await created(3, 'offboarding');
    const revocation = await revocations.get(id);
    expect(revocation).toMatchObject({ id, label: 'offboarding', requestedBy: 'tester', total: 3 });
    expect(revocation?.acceptedAt).toBeUndefined();
    expect(revocation && statusOf(revocation)).toBe('queued');
    expect(await table.get(partKey(id, 0))).toHaveProperty('expiresAt');
  });

  test('leaves a revocation that is there already, and its progress', async () => {
    const id = await created(3);
    await progress(id, records('revoked', 0));
    await revocations.create({ id, requestedBy: 'another', createdAt: '2026-01-01', total: 9 });
    expect(await revocations.get(id)).toMatchObject({
      requestedBy: 'tester',
      total: 3,
      ended: { revoked: 1 },
    });
  });
});

describe('accept', () => {
  test('notes the first time and no later one', async () => {
    const id = await created(1);
    expect((await revocations.accept(id, '2026-01-01T00:00:00Z')).acceptedAt).toBe(
      '2026-01-01T00:00:00Z',
    );
    expect((await revocations.accept(id, '2026-01-02T00:00:00Z')).acceptedAt).toBe(
      '2026-01-01T00:00:00Z',
    );
  });

  test('makes none where there was none', async () => {
    const id = newRevocationId();
    await expect(revocations.accept(id, '2026-01-01T00:00:00Z')).rejects.toThrow('vanished');
    expect(await revocations.get(id)).toBeUndefined();
  });
});

describe('progress', () => {
  test('counts each job once, in whatever order and however often it is said', async () => {
    const said = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(said, async (writes) => {
        // Prepare: job i always has the same outcome, as the slice item sees to.
        const id = await created(100);
        const outcomeOf = (index: number) => outcomes[index % outcomes.length];

        // Act: some at once, as two deliveries do.
        await Promise.all(
          writes.map((pair) =>
            progress(id, new Map(pair.flatMap((index) => [...records(outcomeOf(index), index)]))),
          ),
        );

        // Assess
        const indexes = [...new Set(writes.flat())];
        const count = (outcome: Outcome) =>
          indexes.filter((index) => outcomeOf(index) === outcome).length;
        expect((await revocations.get(id))?.ended).toEqual(
          Object.fromEntries(outcomes.map((outcome) => [outcome, count(outcome)])),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('ignores jobs that have no outcome yet', async () => {
    const id = await created(2);
    await progress(id, records(undefined, 0, 1));
    expect((await revocations.get(id))?.ended.revoked).toBe(0);
  });

  test('notes the completion with the last job, and never moves it', async () => {
    const id = await created(4);
    const completedAt = async () => (await revocations.get(id))?.completedAt;

    await progress(id, records('revoked', 0, 1));
    await progress(id, records('parked', 2));
    await progress(id, records('parked', 2));
    expect(await completedAt()).toBeUndefined();

    await progress(id, records('unsupported', 3));
    const noted = await completedAt();
    expect(noted).toMatch(/^\d{4}-/);

    await progress(id, records('unsupported', 3));
    expect(await completedAt()).toBe(noted);
  });

  test('notes the completion on redelivery when the worker died before doing so', async () => {
    // Prepare: the sets are full, and that is all that was written.
    const id = await created(1);
    await table.update(partKey(id, 0), 'ADD revoked :r', { values: { ':r': new Set([0]) } });

    // Act
    await progress(id, records('revoked', 0));

    // Assess
    expect((await revocations.get(id))?.completedAt).toBeDefined();
  });

  test('two deliveries that end the last jobs at once complete it', async () => {
    const id = await created(20);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => progress(id, records('revoked', index))),
    );
    expect((await revocations.get(id))?.completedAt).toBeDefined();
  });

  test('counts in a part that names no format, as the first versions wrote it', async () => {
    const id = await created(1);
    const { schema, ...item } = (await table.get(partKey(id, 0))) ?? {};
    expect(schema).toBe(1);
    await table.put({ ...item, ...partKey(id, 0) });
    await progress(id, records('revoked', 0));
    expect((await revocations.get(id))?.completedAt).toBeDefined();
  });

  test('leaves a part of a newer format as it is, and shows it as far as it is understood', async () => {
    const id = await created(2);
    await table.update(partKey(id, 0), 'SET #s = :three', {
      names: { '#s': 'schema' },
      values: { ':three': 3 },
    });
    const before = await table.get(partKey(id, 0));
    await expect(progress(id, records('revoked', 0))).rejects.toThrow(Newer);
    await expect(revocations.accept(id, '2026-01-01')).rejects.toThrow(Newer);
    expect(await table.get(partKey(id, 0))).toEqual(before);
    expect(await revocations.get(id)).toMatchObject({ id, total: 2 });
  });

  test('writes nothing about a revocation that has been forgotten', async () => {
    const id = newRevocationId();
    await progress(id, records('revoked', 0));
    expect(await table.get(partKey(id, 0))).toBeUndefined();
  });
});

test('list hands out all of them, newest first, page by page', async () => {
  // Prepare: a table of their own.
  await using other = await startTable();
  const own = createRevocations(other.table, 30);
  const ids = [0, 1, 2, 3, 4].map((age) => newRevocationId(1_700_000_000_000 + age));
  for (const id of ids) {
    await own.create({ id, requestedBy: 'tester', createdAt: '2026-01-01', total: 1 });
  }

  // Act
  const first = await own.list(2);
  const second = await own.list(2, first.next);
  const third = await own.list(2, second.next);

  // Assess
  const pages = [first, second, third].map(({ items }) => items.map(({ id }) => id));
  expect(pages.flat()).toEqual(ids.toReversed());
  expect(third.next).toBeUndefined();
});

test('expiry is so many days from now, in epoch seconds', () => {
  expect(expiry(30, 1_700_000_000_999)).toBe(1_700_000_000 + 30 * 86_400);
});

describe('jobs that leave the ledger', () => {
  test('by being sent again are queued, and the revocation is not complete any more', async () => {
    const id = await created(2);
    await progress(id, records('revoked', 0));
    await progress(id, records('parked', 1));
    expect(await revocations.get(id)).toMatchObject({ completedAt: expect.any(String) });
    for (const _ of ['once', 'again']) {
      await revocations.reopen(id, 0, new Set([1]));
      const revocation = await revocations.get(id);
      expect(revocation).toMatchObject({ ended: { revoked: 1, parked: 0 } });
      expect(revocation?.completedAt).toBeUndefined();
      expect(revocation && statusOf(revocation)).toBe('running');
    }
  });

  test('by being abandoned are counted as that, however often it is said', async () => {
    const id = await created(2);
    await progress(id, records('parked', 0, 1));
    await revocations.abandon(id, 0, new Set([1]));
    await revocations.abandon(id, 0, new Set([1]));
    expect(await revocations.get(id)).toMatchObject({
      ended: { parked: 1, abandoned: 1 },
      completedAt: expect.any(String),
    });
  });

  test('by having expired are counted as that, in a format that older versions leave alone', async () => {
    const id = await created(1);
    await progress(id, records('parked', 0));
    await revocations.expire(id, 0, new Set([0]));
    expect((await revocations.get(id))?.ended).toMatchObject({ parked: 0, expired: 1 });
    expect(await table.get(partKey(id, 0))).toMatchObject({ schema: 2 });
  });

  test.each(['revoked', 'already_invalid', 'unsupported', 'abandoned'] as const)(
    'are %s though somebody still calls them parked',
    async (outcome) => {
      const id = await created(1);
      await progress(id, records(outcome, 0));
      await progress(id, records('parked', 0));
      expect(await revocations.get(id)).toMatchObject({ ended: { [outcome]: 1, parked: 0 } });
    },
  );

  test('of a revocation that has been forgotten are none of its', async () => {
    const id = newRevocationId();
    await revocations.reopen(id, 0, new Set([1]));
    await revocations.abandon(id, 0, new Set([1]));
    expect(await revocations.get(id)).toBeUndefined();
  });
});
