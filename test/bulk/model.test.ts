import fc from 'fast-check';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { staleSeconds } from '../../shared/dead-letters/claim.ts';
import { countsOf, isOpen, statusOf } from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import { withAllParts } from '../../shared/store/count-parts.ts';
import type { Death, Met } from '../support/ledger-world.ts';
import { startTable } from '../support/table.ts';
import { type Act, type BulkWorld, bulkWorld } from './bulk-world.ts';

/**
 * Whatever intake, workers and those who close, redrive and abandon do to a revocation of several
 * parts at the same time, and wherever any of them dies: repeated, each part is taken once, and the
 * revocation is complete when it is closed and every job has ended, and not before.
 */
const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());
afterEach(() => void vi.useRealTimers());

const parts = [1, 2, 3];
const jobsOf = (part: number) =>
  Array.from({ length: part === 1 ? 2 : 1 }, (_, index) => ({
    provider: 'polar',
    token: `polar_at_u_${part}_${index}`,
  }));

const met = fc.array(fc.constantFrom<Met>('revoked', 'revoked', 'refused', 'waiting'), {
  minLength: 2,
  maxLength: 2,
});
const anAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('put'), part: fc.constantFrom(...parts) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('close'),
      parts: fc.constantFrom(undefined, parts.length + 1),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deliver'), nth: fc.nat(5), met }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redrive') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon') }) },
);
const aDeath: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ request: fc.integer({ min: 1, max: 9 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);
const aStep = fc.array(fc.record({ act: anAct, death: aDeath }), { minLength: 1, maxLength: 4 });

const wait = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

async function expectTruth(world: BulkWorld, died: boolean): Promise<void> {
  const revocation = await world.revocation();
  const counted = await withAllParts(revocation, world.deps);
  const { slices } = await world.deps.slices.list(world.id, 100);
  const records = slices.flatMap((slice) => [...slice.records.values()]);
  const ended = records.filter(({ outcome }) => outcome !== undefined).length;
  const { total, queued } = countsOf(counted);

  const numbers = revocation.parts?.numbers ?? new Set();
  for (const { part } of world.sent) {
    expect(part === 0 || numbers.has(part), 'what is queued belongs to the revocation').toBe(true);
  }
  if (died) return;
  expect(total - queued, 'what has ended is counted, once').toBe(ended);
  const isDone = !isOpen(revocation) && queued === 0;
  expect(revocation.completedAt !== undefined, 'it is completed').toBe(isDone);
}

/** @returns whether it was done; false when it was refused as it may be */
async function attempt(world: BulkWorld, act: Act): Promise<boolean> {
  try {
    await world.act(act);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'conflict') return false;
    throw error;
  }
}

/** Everybody who has died is followed by somebody who goes on, until nobody has anything to do. */
async function settle(world: BulkWorld, last: Met): Promise<void> {
  const taken = await Promise.all(parts.map((part) => attempt(world, { kind: 'put', part })));
  expect(await attempt(world, { kind: 'close', parts: undefined })).toBe(true);
  const { parts: now } = await world.revocation();
  expect([...(now?.numbers ?? [])].toSorted()).toEqual(parts.filter((_, n) => taken[n]));
  for (const kind of ['redrive', 'abandon', 'redrive'] as const) {
    wait(staleSeconds + 5);
    await world.act({ kind });
    for (let left = world.lane.length; left > 0; left -= 1) {
      await world.act({ kind: 'deliver', nth: 0, met: [last] });
    }
  }
}

test('a revocation of several parts keeps its promises', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.subarray(parts),
      fc.boolean(),
      fc.array(aStep, { minLength: 2, maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom<Met>('revoked', 'refused'),
      async (scheduler, before, isClosed, steps, mortal, last) => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-06-10T12:00:00Z') });
        const world = await bulkWorld(table, jobsOf);
        for (const part of before) await world.act({ kind: 'put', part });
        if (isClosed) await world.act({ kind: 'close', parts: undefined });
        await world.act({ kind: 'deliver', nth: 0, met: ['refused', 'revoked'] });
        let died = false;
        for (const acts of steps) {
          wait(staleSeconds + 5);
          await scheduler.waitFor(
            Promise.all(
              acts.map(({ act, death }) =>
                world.act(act, mortal ? death : undefined, scheduler).catch((error) => {
                  const refused = error instanceof Problem && error.code === 'conflict';
                  if (!refused && !mortal) throw error;
                }),
              ),
            ),
          );
          died ||= mortal && acts.some(({ death }) => death !== undefined);
          await expectTruth(world, died);
        }
        await settle(world, last);

        await expectTruth(world, false);
        const revocation = await withAllParts(await world.revocation(), world.deps);
        expect(statusOf(revocation)).toBe('completed');
        expect(world.lane).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
});
