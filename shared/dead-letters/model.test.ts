import fc from 'fast-check';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { expectCountsToFit, rowsOf, statesOf } from '../../test/support/dead-letters.ts';
import {
  type Act,
  type Death,
  type LedgerWorld,
  ledgerWorld,
  type Met,
} from '../../test/support/ledger-world.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { startTable } from '../../test/support/table.ts';
import { newRevocationId, statusOf } from '../domain/revocation.ts';
import type { SliceMessage } from '../domain/slice.ts';
import { ledgerKey } from '../store/keys.ts';
import { lostSeconds, staleSeconds } from './claim.ts';

/**
 * Whatever redrives, sweeps, abandons and deliveries do to one slice at the same time, and wherever
 * any of them dies: when all has been gone on with, nothing is lost, counted twice or taken back.
 */
const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());
afterEach(() => void vi.useRealTimers());

const began = Date.parse('2026-06-10T12:00:00Z');
const hours = 3600;
const jobs = 3;

/** A slice whose first job's token dies by itself after a while. */
async function start(expiresAfter: number): Promise<{ message: SliceMessage; world: LedgerWorld }> {
  vi.useFakeTimers({ toFake: ['Date'], now: began });
  const revocation = newRevocationId();
  const sealed = await sliceOf(['token-0', 'token-1', 'token-2'], { revocation });
  const message = {
    ...sealed,
    jobs: sealed.jobs.map((job) =>
      job.index === 0 ? { ...job, expiresAt: began / 1000 + expiresAfter } : job,
    ),
  };
  const world = ledgerWorld(message, table);
  await world.stores.revocations.create({
    id: revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: jobs,
  });
  return { message, world };
}

const wait = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1000);

const met = fc.array(fc.constantFrom<Met>('revoked', 'refused', 'exhausted', 'waiting'), {
  minLength: jobs,
  maxLength: jobs,
});
const some = fc.integer({ min: 1, max: 2 ** jobs - 1 });
const anAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('deliver'), nth: fc.nat(3), met }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('redrive'), jobs: some }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abandon'), jobs: some }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep') }) },
);
const aDeath: fc.Arbitrary<Death | undefined> = fc.option(
  fc.record({ request: fc.integer({ min: 1, max: 12 }), after: fc.boolean() }),
  { nil: undefined, freq: 2 },
);
/** Things that happen at the same time, after a while, with a message lost or delivered once more. */
const aStep = fc.record({
  after: fc.constantFrom(1, staleSeconds + 5, 2 * hours, 30 * hours),
  acts: fc.array(fc.record({ act: anAct, death: aDeath }), { minLength: 1, maxLength: 3 }),
  twice: fc.option(fc.nat(5), { nil: undefined }),
});

const isFinal = (row: string): boolean => row !== 'queued' && row !== 'parked';

/** Everybody who has died is followed by somebody who goes on, until nobody has anything to do. */
async function settle({ lane, act }: LedgerWorld, last: Met): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    wait(round === 0 ? staleSeconds + 5 : lostSeconds + hours);
    await act({ kind: 'sweep' }, undefined, undefined);
    for (let nth = lane.length; nth > 0; nth -= 1) {
      await act({ kind: 'deliver', nth: 0, met: [last] }, undefined, undefined);
    }
  }
}

test('the ledger keeps its promises', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(aStep, { minLength: 2, maxLength: 6 }),
      fc.record({
        expiresAfter: fc.constantFrom(1 * hours, 10 * hours, 10_000 * hours),
        lost: fc.boolean(),
        mortal: fc.boolean(),
        last: fc.constantFrom<Met>('revoked', 'refused'),
      }),
      async (scheduler, steps, { expiresAfter, lost, mortal, last }) => {
        const { message, world } = await start(expiresAfter);
        let before = await rowsOf(message, world.stores);
        let died = false;
        const expectNothingTakenBack = async () => {
          const rows = await rowsOf(message, world.stores);
          rows.forEach((row, index) => {
            if (isFinal(before[index] ?? '')) expect(row).toBe(before[index]);
          });
          before = rows;
        };

        await world.act({ kind: 'deliver', nth: 0, met: ['refused'] }, undefined, undefined);
        for (const { after, acts, twice } of steps) {
          wait(after);
          const again = twice === undefined ? undefined : world.sent[twice % world.sent.length];
          if (again !== undefined && !world.lane.includes(again)) world.lane.push(again);
          await scheduler.waitFor(
            Promise.all(
              acts.map(({ act, death }) => world.act(act, mortal ? death : undefined, scheduler)),
            ),
          );
          await expectNothingTakenBack();
          // Whoever has died may have left things half done, for the next one.
          died ||= mortal && acts.some(({ death }) => death !== undefined);
          if (!died) await expectCountsToFit(message, world.stores);
        }
        // The first message is not the ledger's to send again. Nor is it promised what becomes of one
        // that is lost after somebody has died over it: those are two faults.
        if (lost && !died) world.lane.splice(0, world.lane.length, ...firstOf(world.lane));
        await settle(world, last);
        await expectNothingTakenBack();

        await expectCountsToFit(message, world.stores);
        const revocation = await world.stores.revocations.get(message.revocation);
        expect(revocation && statusOf(revocation)).toBe('completed');
        const parked = before.flatMap((row, index) => (row === 'parked' ? [index] : []));
        const states = Object.entries(await statesOf(message, world.stores));
        expect(
          states.filter(([, state]) => state !== 'abandoned'),
          'what is parked is in the ledger, and nothing else is',
        ).toEqual(parked.map((index) => [String(index), 'parked']));
        const entry = await table.get(ledgerKey(message));
        expect(entry !== undefined && 'sealed' in entry, 'the sealed tokens are kept').toBe(
          parked.length > 0,
        );
        expect(world.lane).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});

const firstOf = (lane: readonly SliceMessage[]) => lane.filter(({ redrives }) => redrives === 0);
