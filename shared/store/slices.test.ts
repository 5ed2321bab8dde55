import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { aRecord } from '../../test/support/arbitraries.ts';
import { startTable } from '../../test/support/table.ts';
import { Newer } from '../domain/newer.ts';
import type { JobRecord } from '../domain/outcome.ts';
import { newRevocationId } from '../domain/revocation.ts';
import { sliceKey } from './keys.ts';
import { createSlices, type SliceState } from './slices.ts';

const { table, client, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const slices = createSlices(table, 30);
const newIdentity = () => ({
  revocation: newRevocationId(),
  part: 0,
  slice: 0,
  provider: 'polar',
});

const state = (records: Iterable<[number, JobRecord]>, more: Partial<SliceState> = {}) => ({
  receives: 1,
  redrives: 0,
  ...more,
  records: new Map(records),
});

const queued: JobRecord = { fingerprint: 'f', attempts: 1, at: 1_800_000_000 };
const revoked: JobRecord = { ...queued, outcome: 'revoked', evidence: 'accepted' };
const parked: JobRecord = { ...queued, outcome: 'parked', reason: 'exhausted' };

/** Records without the fields that are undefined: DynamoDB does not keep them. */
const plain = (records: ReadonlyMap<number, JobRecord> | undefined) =>
  JSON.parse(JSON.stringify([...(records ?? [])]));

/** A record as it is kept: of a job that has ended for good nobody counts calls or looks for its token. */
const kept = (record: JobRecord): JobRecord =>
  record.outcome === undefined || record.outcome === 'parked'
    ? record
    : { ...record, answers: undefined, triesBefore: undefined, foundAlive: undefined };

test('a slice that nobody wrote down is not there', async () => {
  expect(await slices.read(newIdentity())).toBeUndefined();
});

test('reads back what was written, whatever the records hold', async () => {
  const some = fc.uniqueArray(fc.tuple(fc.nat(499), aRecord), {
    selector: ([index]) => index,
    minLength: 1,
    maxLength: 25,
  });
  await fc.assert(
    fc.asyncProperty(some, async (records) => {
      const identity = newIdentity();
      const written = await slices.write(identity, state(records, { receives: 3 }), undefined);
      const read = await slices.read(identity);
      expect(read).toMatchObject({ receives: 3, redrives: 0, version: written.version });
      const sorted = records.toSorted(([a], [b]) => a - b);
      expect(plain(read?.records)).toEqual(
        plain(new Map(sorted.map(([index, record]) => [index, kept(record)]))),
      );
    }),
    { numRuns: 30 },
  );
});

describe('two deliveries that write about one slice', () => {
  test('in any order, never take an outcome back', async () => {
    const deliveries = fc.array(
      fc.record({
        records: fc.tuple(aRecord, aRecord).map((pair) => [...pair.entries()]),
        fresh: fc.boolean(),
        together: fc.boolean(),
      }),
      { minLength: 2, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(deliveries, async (writes) => {
        const identity = newIdentity();
        const ended = new Map<number, unknown>();
        for (const { records, fresh, together } of writes) {
          // Prepare: a delivery has looked before it writes, or has not, as the first one does not.
          const seen = fresh ? await slices.read(identity) : undefined;

          // Act: alone, or with another that knows no more than it does.
          const rival = [...records].map(([index]): [number, JobRecord] => [index, parked]);
          await Promise.all([
            slices.write(identity, state(records), seen),
            together ? slices.write(identity, state(rival), seen) : undefined,
          ]);

          // Assess
          const now = new Map<number, unknown>(plain((await slices.read(identity))?.records));
          for (const [index, record] of ended) expect(now.get(index)).toEqual(record);
          for (const [index, record] of now) {
            if (typeof record === 'object' && record !== null && 'outcome' in record) {
              ended.set(index, record);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('keep what each of them ended, and both learn of it', async () => {
    const identity = newIdentity();
    const first = await slices.write(
      identity,
      state([
        [0, revoked],
        [1, queued],
      ]),
      undefined,
    );
    const second = await slices.write(
      identity,
      state([
        [0, queued],
        [1, parked],
      ]),
      undefined,
    );
    expect(first.records.get(0)).toMatchObject({ outcome: 'revoked' });
    expect(second.records.get(0)).toMatchObject({ outcome: 'revoked' });
    expect(second.records.get(1)).toMatchObject({ outcome: 'parked' });
    expect(second.version).toBe(first.version + 1);
  });

  test('twenty at once all get written', async () => {
    const identity = newIdentity();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        slices.write(identity, state([[index, revoked]]), undefined),
      ),
    );
    const read = await slices.read(identity);
    expect(read?.records.size).toBe(20);
    expect(read?.version).toBe(20);
  });
});

describe('deliveries counted', () => {
  test('never go down while the message is the same', async () => {
    const identity = newIdentity();
    await slices.write(identity, state([[0, queued]], { receives: 4 }), undefined);
    await slices.write(identity, state([[0, queued]], { receives: 2 }), undefined);
    expect(await slices.read(identity)).toMatchObject({ receives: 4 });
  });

  test('start again with a message that the ledger sent', async () => {
    const identity = newIdentity();
    await slices.write(identity, state([[0, queued]], { receives: 4 }), undefined);
    await slices.write(identity, state([[0, queued]], { receives: 1, redrives: 1 }), undefined);
    expect(await slices.read(identity)).toMatchObject({ receives: 1, redrives: 1 });
  });

  test('of the earlier message, when they write late, do not count for the one the ledger sent', async () => {
    const identity = newIdentity();
    await slices.write(identity, state([[0, queued]], { receives: 1, redrives: 1 }), undefined);
    await slices.write(identity, state([[0, queued]], { receives: 5, redrives: 0 }), undefined);
    expect(await slices.read(identity)).toMatchObject({ receives: 1, redrives: 1 });
  });
});

describe('an item of a newer format', () => {
  const newer = async () => {
    const identity = newIdentity();
    await slices.write(identity, state([[0, queued]]), undefined);
    const item = { ...(await table.get(sliceKey(identity))), ...sliceKey(identity), schema: 3 };
    await table.put({ ...item, hint: 'of a newer version' });
    return identity;
  };

  test('is neither worked by nor written to, whoever has looked at it or not', async () => {
    const identity = await newer();
    const before = await table.get(sliceKey(identity));
    const seen = { version: 0, receives: 1, redrives: 0, records: new Map() };
    await expect(slices.read(identity)).rejects.toThrow(Newer);
    for (const known of [undefined, seen]) {
      await expect(slices.write(identity, state([[0, revoked]]), known)).rejects.toThrow(Newer);
    }
    expect(await table.get(sliceKey(identity))).toEqual(before);
  });

  test('is listed as far as it is understood', async () => {
    const { revocation, part, slice } = await newer();
    const { slices: listed } = await slices.list(revocation, 10);
    expect(listed).toMatchObject([{ part, slice, provider: 'polar' }]);
    await table.put({ ...sliceKey({ revocation, part, slice: 1 }), schema: 3 });
    await expect(slices.list(revocation, 10)).rejects.toThrow(Newer);
  });
});

test('an item that names no format is of the first', async () => {
  const identity = newIdentity();
  await slices.write(identity, state([[0, revoked]]), undefined);
  const { schema, ...item } = (await table.get(sliceKey(identity))) ?? {};
  expect(schema).toBe(1);
  await table.put({ ...item, ...sliceKey(identity) });
  const seen = await slices.read(identity);
  expect(seen?.records.get(0)).toMatchObject({ outcome: 'revoked' });
  await slices.write(identity, state([[1, parked]]), seen);
  expect(await table.get(sliceKey(identity))).toMatchObject({ schema: 1, version: 2 });
});

test('a first write, and one over what was seen, cost one call each', async () => {
  // Prepare
  const calls: string[] = [];
  client.middlewareStack.add(
    (next, { commandName = '' }) => {
      calls.push(commandName);
      return next;
    },
    { step: 'initialize', name: 'count' },
  );
  const identity = newIdentity();

  // Act
  const seen = await slices.write(identity, state([[0, queued]]), undefined);
  await slices.write(identity, state([[0, revoked]]), seen);
  client.middlewareStack.remove('count');

  // Assess
  expect(calls).toEqual(['PutItemCommand', 'PutItemCommand']);
  expect(await table.get(sliceKey(identity))).toMatchObject({ version: 2, provider: 'polar' });
});

test('list hands out a revocation’s slices in order, page by page, and nobody else’s', async () => {
  // Prepare
  const revocation = newRevocationId();
  const places = [
    { part: 0, slice: 0 },
    { part: 0, slice: 2 },
    { part: 0, slice: 10 },
    { part: 1, slice: 1 },
  ];
  for (const place of places.toReversed()) {
    await slices.write({ ...newIdentity(), revocation, ...place }, state([[0, queued]]), undefined);
  }
  await slices.write(newIdentity(), state([[0, queued]]), undefined);

  // Act
  const first = await slices.list(revocation, 3);
  const second = await slices.list(revocation, 3, first.slices.at(-1));

  // Assess
  const listed = [...first.slices, ...second.slices];
  expect(listed.map(({ part, slice }) => ({ part, slice }))).toEqual(places);
  expect(listed.every(({ provider }) => provider === 'polar')).toBe(true);
  expect([first.more, second.more]).toEqual([true, false]);
});

test('a slice with a token that was found alive is left alone by older versions, until it has ended', async () => {
  const identity = newIdentity();
  const alive = { ...queued, foundAlive: true } as const;
  const seen = await slices.write(identity, state([[0, alive]]), undefined);
  expect(await table.get(sliceKey(identity))).toMatchObject({ schema: 2 });
  expect((await slices.read(identity))?.records.get(0)).toMatchObject({ foundAlive: true });
  await slices.write(identity, state([[0, { ...revoked, evidence: 'verified' }]]), seen);
  expect(await table.get(sliceKey(identity))).toMatchObject({ schema: 1 });
});
