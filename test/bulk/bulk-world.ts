import type fc from 'fast-check';
import { closeRevocation } from '../../functions/api/close-revocation.ts';
import type { SubmittedJob } from '../../functions/api/contract/submission.ts';
import type { ApiDependencies } from '../../functions/api/dependencies.ts';
import { submit } from '../../functions/api/submit.ts';
import { takePart } from '../../functions/api/take-part.ts';
import { abandon } from '../../shared/dead-letters/abandon.ts';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import type { Revocation } from '../../shared/domain/revocation.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { createRegistry } from '../../shared/grants/registry.ts';
import type { Lanes } from '../../shared/queue/lanes.ts';
import { createIdempotency } from '../../shared/store/idempotency.ts';
import type { Table } from '../../shared/store/table.ts';
import { catalogOf } from '../support/catalog.ts';
import { type Death, deliver, type Met, mapTable, mortality } from '../support/ledger-world.ts';
import { collectLog } from '../support/log.ts';
import { sealingKeys } from '../support/slices.ts';
import { retentionDays, storesOn } from '../support/stores.ts';

/** One thing that somebody does to a revocation of several parts. */
export type Act =
  | { readonly kind: 'put'; readonly part: number }
  | { readonly kind: 'close'; readonly parts: number | undefined }
  | { readonly kind: 'deliver'; readonly nth: number; readonly met: readonly Met[] }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'abandon' };

/** An open revocation, its lane, and those who work on it. */
export interface BulkWorld {
  readonly id: string;
  /** On the lane: delivered again and again until a delivery is written down. */
  readonly lane: SliceMessage[];
  /** All that were ever on it. */
  readonly sent: readonly SliceMessage[];
  readonly deps: ApiDependencies;
  readonly revocation: () => Promise<Revocation>;
  /** Rejects where it is refused, or dies. */
  readonly act: (act: Act, death?: Death, scheduler?: fc.Scheduler) => Promise<void>;
}

/** @param jobsOf the jobs that each part brings; part 0 is the first */
export async function bulkWorld(
  table: Table,
  jobsOf: (part: number) => SubmittedJob[],
): Promise<BulkWorld> {
  const lane: SliceMessage[] = [];
  const sent: SliceMessage[] = [];
  const receives = new Map<SliceMessage, number>();
  const lanes: Lanes = {
    send: async (messages) => {
      lane.push(...messages);
      sent.push(...messages);
    },
  };
  const catalog = await catalogOf({ id: 'polar' });
  const depsOn = (own: Table, ownLanes: Lanes): ApiDependencies => ({
    access: {
      jwtScopes: { submit: [], read: [], operate: [] },
      ownership: false,
      operators: new Set(),
    },
    catalog,
    secrets: { sealingKeys: async () => sealingKeys },
    ...storesOn(own),
    idempotency: createIdempotency(own),
    registry: createRegistry(own, retentionDays),
    lanes: ownLanes,
    paceOf: () => ({ read: async () => ({}) }),
    log: collectLog().log,
  });
  const deps = depsOn(table, lanes);
  const submission = { open: true, jobs: jobsOf(0) };
  const { id } = await submit(
    { submission, requestedBy: 'tester', idempotencyKey: undefined },
    deps,
  );

  const revocationOn = async ({ revocations }: ApiDependencies): Promise<Revocation> => {
    const revocation = await revocations.get(id);
    if (revocation === undefined) throw new Error('the revocation is gone');
    return revocation;
  };

  const doAct = async (act: Act, own: ApiDependencies): Promise<void> => {
    switch (act.kind) {
      case 'put': {
        const { part: number } = act;
        const revocation = await revocationOn(own);
        await takePart({ revocation, number, jobs: jobsOf(number) }, own);
        return;
      }
      case 'close':
        await closeRevocation(await revocationOn(own), act.parts, own);
        return;
      case 'deliver': {
        const message = lane[act.nth % lane.length];
        if (message === undefined) return;
        const count = (receives.get(message) ?? 0) + 1;
        receives.set(message, count);
        const done = await deliver(message, count, act.met, own);
        if (done && lane.includes(message)) lane.splice(lane.indexOf(message), 1);
        return;
      }
      case 'redrive': {
        const entries = (await Array.fromAsync(own.ledger.walk({ revocation: id }))).flat();
        const choices = entries.map((place) => ({ place, wanted: () => true }));
        const { failures } = await redrive(choices, { stores: own, lanes: own.lanes });
        if (failures.length > 0) throw failures[0];
        return;
      }
      case 'abandon':
        for await (const entries of own.ledger.walk({ revocation: id })) {
          for (const entry of entries) {
            const indexes = new Set(entry.jobs.map(({ index }) => index));
            await abandon(entry, indexes, { by: 'jane', note: 'why' }, own);
          }
        }
    }
  };

  return {
    id,
    lane,
    sent,
    deps,
    revocation: () => revocationOn(deps),
    act: (act, death, scheduler) => {
      const { mortal } = mortality(death);
      const turn = async () => void (await scheduler?.schedule(Promise.resolve(), act.kind));
      const ownLanes: Lanes = { send: (messages) => mortal(() => lanes.send(messages), turn) };
      return doAct(
        act,
        depsOn(
          mapTable(table, (request) => mortal(request, turn)),
          ownLanes,
        ),
      );
    },
  };
}
