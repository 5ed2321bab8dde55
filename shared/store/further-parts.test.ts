import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { interrupted } from '../../test/support/interrupted.ts';
import { mapTable, mortality } from '../../test/support/ledger-world.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { triedOnce } from '../../test/support/work.ts';
import { Newer } from '../domain/newer.ts';
import type { JobRecord, Outcome } from '../domain/outcome.ts';
import { newRevocationId } from '../domain/revocation.ts';
import { partKey } from './keys.ts';
import type { Table } from './table.ts';

let started: TestTable;
beforeAll(async () => {
  started = await startTable();
});
afterAll(() => started[Symbol.asyncDispose]());

const at = '2026-01-01T00:00:00.000Z';
const stores = (table: Table = started.table) => storesOn(table);
const read = async (id: string) => stores().revocations.get(id);

const records = (outcome: Outcome, ...indexes: number[]) =>
  new Map(indexes.map((index): [number, JobRecord] => [index, { ...triedOnce, outcome }]));
const progress = (
  id: string,
  part: number,
  own: ReadonlyMap<number, JobRecord>,
  table?: Table,
  again = own,
) => stores(table).revocations.progress(id, part, own, async () => again);

/** A revocation whose part 0 is empty, with further parts of so many jobs, from 1 on. */
async function opened(...totals: number[]): Promise<string> {
  const id = newRevocationId();
  const { revocations, parts } = stores();
  await revocations.create({ id, requestedBy: 'tester', createdAt: at, total: 0, open: true });
  for (const [index, total] of totals.entries()) {
    expect(await revocations.addPart(id, index + 1)).toBe(true);
    await parts.create(id, { number: index + 1, digest: 'd', total });
    await parts.accept(id, index + 1, at);
  }
  return id;
}

const close = (id: string, count: number, table?: Table) =>
  stores(table).revocations.close(id, at, count);

/** The table of one who dies at a request. */
function deadly(request: number, after: boolean): Table {
  const { mortal } = mortality({ request, after });
  return mapTable(started.table, (each) => mortal(each, async () => {}));
}

/** More requests than anything here makes. */
const requests = [1, 2, 3, 4, 5, 6];
const deaths = requests.flatMap((request) => [[request, false] as const, [request, true] as const]);

describe('a revocation of several parts', () => {
  test('is complete when it is closed and every part is', async () => {
    const id = await opened(2, 1);
    await progress(id, 1, records('revoked', 0));
    await progress(id, 2, records('parked', 0));
    await close(id, 2);
    expect((await read(id))?.completedAt).toBeUndefined();
    await progress(id, 1, records('already_invalid', 1));
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test('is complete when it is closed after its last job, or without any', async () => {
    const id = await opened(1);
    await progress(id, 1, records('revoked', 0));
    expect((await read(id))?.completedAt).toBeUndefined();
    expect((await close(id, 1))?.completedAt).toBeDefined();
    expect((await close(await opened(), 0))?.completedAt).toBeDefined();
  });

  test('waits for part 0 as well', async () => {
    const { revocations } = stores();
    const id = newRevocationId();
    await revocations.create({ id, requestedBy: 'tester', createdAt: at, total: 1, open: true });
    expect((await close(id, 0))?.completedAt).toBeUndefined();
    await progress(id, 0, records('revoked', 0));
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test('takes no part once it is closed, and is not closed while one comes', async () => {
    const id = await opened(1);
    expect(await close(id, 0)).toBeUndefined();
    expect(await close(id, 2)).toBeUndefined();
    expect(await close(id, 1)).toBeDefined();
    expect(await stores().revocations.addPart(id, 2)).toBe(false);
    expect((await read(id))?.parts).toEqual({
      closedAt: at,
      numbers: new Set([1]),
      complete: new Set(),
    });
  });

  test('of one part takes no other', async () => {
    const { revocations } = stores();
    const id = newRevocationId();
    await revocations.create({ id, requestedBy: 'tester', createdAt: at, total: 1 });
    expect(await revocations.addPart(id, 1)).toBe(false);
    expect((await read(id))?.parts).toBeUndefined();
  });

  test('that goes on is not complete any more, until the part is again', async () => {
    const id = await opened(2, 1);
    await close(id, 2);
    await progress(id, 1, records('parked', 0, 1));
    await progress(id, 2, records('revoked', 0));
    expect((await read(id))?.completedAt).toBeDefined();

    await stores().revocations.reopen(id, 1, new Set([1]));
    // The other part says once more that it is complete.
    await progress(id, 2, records('revoked', 0));
    expect(await read(id)).toMatchObject({ parts: { complete: new Set([2]) } });
    expect((await read(id))?.completedAt).toBeUndefined();

    await progress(id, 1, records('revoked', 1));
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test.each(['abandon', 'expire'] as const)('is complete when it is %sed', async (name) => {
    const id = await opened(1);
    await close(id, 1);
    await progress(id, 1, records('parked', 0));
    await stores().revocations.reopen(id, 1, new Set([0]));
    await stores().revocations[name](id, 1, new Set([0]));
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test('counts each part by itself', async () => {
    const id = await opened(2, 3);
    await progress(id, 1, records('revoked', 0));
    await progress(id, 2, records('revoked', 0, 2));
    await progress(id, 2, records('parked', 1));
    const pages = await Array.fromAsync(stores().parts.walk(id));
    expect(pages.flat()).toMatchObject([
      { number: 1, total: 2, acceptedAt: at, ended: { revoked: 1, parked: 0 } },
      { number: 2, total: 3, acceptedAt: at, ended: { revoked: 2, parked: 1 } },
    ]);
  });

  test('that has been forgotten stays so, whatever its parts say', async () => {
    const id = newRevocationId();
    await stores().parts.create(id, { number: 1, digest: 'd', total: 1 });
    await progress(id, 1, records('revoked', 0));
    await stores().revocations.reopen(id, 1, new Set([0]));
    expect(await read(id)).toBeUndefined();
    expect(await close(id, 0)).toBeUndefined();
  });
});

describe('a part', () => {
  test('is created once', async () => {
    const id = newRevocationId();
    const { parts } = stores();
    const first = { number: 999_999, digest: 'd', total: 1 };
    expect(await parts.create(id, first)).toBeUndefined();
    expect(await parts.create(id, { ...first, digest: 'other' })).toMatchObject(first);
    expect((await Array.fromAsync(parts.walk(id))).flat()).toMatchObject([first]);
  });

  test('that is gone cannot be accepted', async () => {
    await expect(stores().parts.accept(newRevocationId(), 1, at)).rejects.toThrow('vanished');
  });

  test('of a newer format is left as it is', async () => {
    const id = await opened(1);
    await started.table.update(partKey(id, 1), 'SET #s = :three', {
      names: { '#s': 'schema' },
      values: { ':three': 3 },
    });
    const before = await started.table.get(partKey(id, 1));
    await expect(stores().parts.accept(id, 1, at)).rejects.toThrow(Newer);
    await expect(progress(id, 1, records('revoked', 0))).rejects.toThrow(Newer);
    expect(await started.table.get(partKey(id, 1))).toEqual(before);
  });

  test('is written in a format that versions of single parts leave alone', async () => {
    const id = await opened(1);
    expect(await started.table.get(partKey(id, 0))).toMatchObject({ schema: 2 });
    expect(await started.table.get(partKey(id, 1))).toMatchObject({ schema: 2 });
  });
});

describe('of two at the same time, one in front of a request of the other,', () => {
  test.each(requests)('the last job and the close complete it (%i)', async (nth) => {
    const first = await opened(1);
    const end = () => progress(first, 1, records('revoked', 0));
    await close(first, 1, interrupted(started.table, nth, end));
    await end();
    expect((await read(first))?.completedAt).toBeDefined();

    const second = await opened(1);
    const closing = () => close(second, 1);
    const table = interrupted(started.table, nth, closing);
    await progress(second, 1, records('revoked', 0), table);
    await closing();
    expect((await read(second))?.completedAt).toBeDefined();
  });

  test.each(requests)('the last jobs of two parts complete it (%i)', async (nth) => {
    const id = await opened(1, 1);
    await close(id, 2);
    let done = false;
    const other = async () => {
      done = true;
      await progress(id, 2, records('revoked', 0));
    };
    await progress(id, 1, records('revoked', 0), interrupted(started.table, nth, other));
    if (!done) await other();
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test.each(requests)('a job that is sent again is not called parked (%i)', async (nth) => {
    for (const isFirst of [true, false]) {
      const id = await opened(2, 1);
      await close(id, 2);
      await progress(id, 2, records('revoked', 0));
      const parked = records('parked', 0, 1);
      if (!isFirst) await progress(id, 1, parked);

      // A delivery that has found both parked; meanwhile one is sent again.
      let now = parked;
      let done = false;
      const again = async () => {
        done = true;
        now = records('parked', 1);
        await stores().revocations.reopen(id, 1, new Set([0]));
      };
      const table = interrupted(started.table, nth, again);
      await stores(table).revocations.progress(id, 1, parked, async () => now);
      if (!done) await again();

      const revocation = await read(id);
      expect(revocation?.parts?.complete).toEqual(new Set([2]));
      expect(revocation?.completedAt).toBeUndefined();
      await progress(id, 1, records('revoked', 0));
      await progress(id, 1, records('parked', 1), undefined, records('parked', 1));
      expect((await read(id))?.completedAt).toBeDefined();
    }
  });
});

describe('who dies at a request is followed by one who goes on:', () => {
  test.each(deaths)('the last job (at %i, done: %s)', async (request, after) => {
    const id = await opened(1);
    await close(id, 1);
    const end = (table?: Table) => progress(id, 1, records('revoked', 0), table);
    await end(deadly(request, after)).catch(() => undefined);
    await end();
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test.each(deaths)('the close (at %i, done: %s)', async (request, after) => {
    const id = await opened(1);
    await progress(id, 1, records('revoked', 0));
    await close(id, 1, deadly(request, after)).catch(() => undefined);
    await close(id, 1);
    expect((await read(id))?.completedAt).toBeDefined();
  });

  test.each(deaths)('sending again (at %i, done: %s)', async (request, after) => {
    const id = await opened(1);
    await close(id, 1);
    await progress(id, 1, records('parked', 0));
    const reopen = (table?: Table) => stores(table).revocations.reopen(id, 1, new Set([0]));
    await reopen(deadly(request, after)).catch(() => undefined);
    await reopen();
    expect((await read(id))?.completedAt).toBeUndefined();
    await progress(id, 1, records('revoked', 0));
    expect((await read(id))?.completedAt).toBeDefined();
  });
});
