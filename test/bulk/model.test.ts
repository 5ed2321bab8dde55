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
 * Whatever intake, workers, sweeps and those who close, redrive, abandon and tell do to a revocation of
 * several parts at the same time, and wherever any of them dies: repeated, each part is taken once. The
 * revocation is complete when it is closed and every job has ended, and not before; that is announced
 * before it is noted, told while it is so, and told of the last time at least.
 */
const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());
afterEach(() => void vi.useRealTimers());

/** How many jobs each part has, part 0 first. */
type Shape = readonly number[];
const shapes: readonly Shape[] = [[1], [0, 2], [1, 2, 1]];
const jobsOf = (shape: Shape) => (part: number) =>
  Array.from({ length: shape[part] ?? 0 }, (_, index) => ({
    provider: 'polar',
    token: `polar_at_u_${part}_${index}`,
  }));
const further = (shape: Shape): number[] => [...shape.keys()].slice(1);

const met = fc.array(fc.constantFrom<Met>('revoked', 'revoked', 'refused', 'waiting'), {
  minLength: 2,
  maxLength: 2,
});
const ofIntake: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('put'), part: fc.constantFrom(1, 2) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('close'), parts: fc.constantFrom(undefined, 2, 3) }),
  },
);
const ofWork: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deliver'), nth: fc.nat(5), met }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redrive') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep') }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('tell'), nth: fc.nat(3), down: fc.boolean() }),
  },
);
const aDeath: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ request: fc.integer({ min: 1, max: 9 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);
const someSteps = (act: fc.Arbitrary<Act>) =>
  fc.array(fc.array(fc.record({ act, death: aDeath }), { minLength: 1, maxLength: 3 }), {
    minLength: 2,
    maxLength: 4,
  });
/** How far it has come before anything goes wrong, and what happens then. */
const aStory = fc.oneof(
  fc.record({
    start: fc.constantFrom('open', 'closed'),
    steps: someSteps(fc.oneof(ofIntake, ofWork)),
  }),
  fc.record({ start: fc.constant('again'), steps: someSteps(ofWork) }),
);

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
  for (const event of world.told) {
    expect(event.counts.queued, 'nobody is told while a job is queued').toBe(0);
    expect(event.event).toBe(`${world.id}-${event.round}`);
  }
  const announced = new Set(world.announced.map(({ round }) => round));
  for (const round of world.noted) {
    expect(announced.has(round), 'what is noted has been announced').toBe(true);
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

/** Where the two queues are emptied: old completions may come late, or before the last jobs end. */
type Order = readonly ('deliver' | 'tell')[];

/** How it ends: what the provider says, and in which order what is under way arrives. */
interface End {
  readonly met: Met;
  readonly order: Order;
}

/** Everything that is under way arrives. */
async function arrive({ lane, queue, act }: BulkWorld, { met, order }: End): Promise<void> {
  for (const kind of order) {
    for (let left = (kind === 'tell' ? queue : lane).length; left > 0; left -= 1) {
      await act(kind === 'tell' ? { kind, nth: 0, down: false } : { kind, nth: 0, met: [met] });
    }
  }
}

/**
 * Everybody who has died is followed by somebody who goes on, until nobody has anything to do.
 *
 * @param unanswered whether a close has died
 */
async function settle(
  world: BulkWorld,
  shape: Shape,
  end: End,
  unanswered: boolean,
): Promise<void> {
  const parts = further(shape);
  const taken = await Promise.all(parts.map((part) => attempt(world, { kind: 'put', part })));
  // A call that was answered is not repeated: nobody else may depend on that.
  if (unanswered || isOpen(await world.revocation())) {
    expect(await attempt(world, { kind: 'close', parts: undefined })).toBe(true);
  }
  const { parts: now } = await world.revocation();
  expect([...(now?.numbers ?? [])].toSorted()).toEqual(parts.filter((_, n) => taken[n]));
  await arrive(world, end);
  for (let count = 0; count < 2; count += 1) {
    wait(staleSeconds + 5);
    await world.act({ kind: 'sweep' });
    await arrive(world, end);
  }
}

async function begin(start: 'open' | 'closed' | 'again', shape: Shape): Promise<BulkWorld> {
  const world = await bulkWorld(table, jobsOf(shape));
  const parts = further(shape);
  for (const part of start === 'again' ? parts : parts.slice(1)) {
    await world.act({ kind: 'put', part });
  }
  if (start !== 'open') await world.act({ kind: 'close', parts: undefined });
  if (start !== 'again') {
    await world.act({ kind: 'deliver', nth: 0, met: ['refused', 'revoked'] });
    return world;
  }
  // It was complete, which nobody has been told of yet, and goes on.
  await arrive(world, { met: 'refused', order: ['deliver'] });
  await world.act({ kind: 'redrive' });
  return world;
}

/** It is at rest: closed, with an outcome for every job, and that has been told. */
async function expectRest(world: BulkWorld): Promise<void> {
  await expectTruth(world, false);
  const revocation = await withAllParts(await world.revocation(), world.deps);
  expect(statusOf(revocation)).toBe('completed');
  expect(world.lane).toEqual([]);
  expect(world.queue).toEqual([]);
  const { reopens = 0, total } = revocation;
  const { counts } = world.told.findLast(({ round }) => round === reopens) ?? {};
  expect(counts?.total, 'its completion has been told').toBe(total);
}

test('a revocation of several parts keeps its promises', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      aStory,
      fc.constantFrom(...shapes),
      fc.boolean(),
      fc.record({
        met: fc.constantFrom<Met>('revoked', 'refused'),
        order: fc.constantFrom<Order>(['deliver', 'tell'], ['tell', 'deliver', 'tell']),
      }),
      async (scheduler, { start, steps }, shape, mortal, end) => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-06-10T12:00:00Z') });
        const world = await begin(start, shape);
        let died = false;
        let unanswered = false;
        for (const acts of steps) {
          wait(staleSeconds + 5);
          await scheduler.waitFor(
            Promise.all(
              acts.map(({ act, death }) =>
                world.act(act, mortal ? death : undefined, scheduler).catch((error) => {
                  const refused = error instanceof Problem && error.code === 'conflict';
                  if (!refused && !mortal) throw error;
                  unanswered ||= !refused && act.kind === 'close';
                }),
              ),
            ),
          );
          died ||= mortal && acts.some(({ death }) => death !== undefined);
          await expectTruth(world, died);
        }
        await settle(world, shape, end, unanswered);
        await expectRest(world);
        for (const kind of ['redrive', 'abandon', 'redrive'] as const) {
          wait(staleSeconds + 5);
          await world.act({ kind });
          await arrive(world, end);
          await expectRest(world);
        }
      },
    ),
    { numRuns: 40 },
  );
});
