import type fc from 'fast-check';
import { closeRevocation } from '../../functions/api/close-revocation.ts';
import type { SubmittedJob } from '../../functions/api/contract/submission.ts';
import type { ApiDependencies } from '../../functions/api/dependencies.ts';
import { submit } from '../../functions/api/submit.ts';
import { takePart } from '../../functions/api/take-part.ts';
import { type Channel, ChannelFault } from '../../functions/completion/channel.ts';
import { publish } from '../../functions/completion/publish.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import type { Announce, Announcement } from '../../shared/completion/announce.ts';
import type { CompletionEvent } from '../../shared/completion/event.ts';
import { abandon } from '../../shared/dead-letters/abandon.ts';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import type { Revocation } from '../../shared/domain/revocation.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import type { Lanes } from '../../shared/queue/lanes.ts';
import { partKey } from '../../shared/store/keys.ts';
import { decodeRevocation } from '../../shared/store/part-item.ts';
import type { Table } from '../../shared/store/table.ts';
import { apiDependenciesOn } from '../support/api-dependencies.ts';
import { catalogOf } from '../support/catalog.ts';
import { type Death, deliver, type Met, mapTable, mortality } from '../support/ledger-world.ts';
import { collectLog } from '../support/log.ts';
import { collectMetrics } from '../support/metrics.ts';
import { type AllStores, storesOn } from '../support/stores.ts';

/** One thing that somebody does to a revocation of several parts. */
export type Act =
  | { readonly kind: 'put'; readonly part: number }
  | { readonly kind: 'close'; readonly parts: number | undefined }
  | { readonly kind: 'deliver'; readonly nth: number; readonly met: readonly Met[] }
  | { readonly kind: 'redrive' }
  | { readonly kind: 'abandon' }
  | { readonly kind: 'sweep' }
  /** A completion is delivered to the function that tells of it; `down`: nobody takes it. */
  | { readonly kind: 'tell'; readonly nth: number; readonly down: boolean };

/** What everybody works with. */
type WorldDependencies = ApiDependencies & AllStores;

type Publishing = (event: CompletionEvent) => Promise<void>;

/** An open revocation, its lane, and those who work on it. */
export interface BulkWorld {
  readonly id: string;
  /** On the lane: delivered again and again until a delivery is written down. */
  readonly lane: SliceMessage[];
  /** All that were ever on it. */
  readonly sent: readonly SliceMessage[];
  /** The queue of completions. */
  readonly queue: Announcement[];
  /** All that were ever on it. */
  readonly announced: readonly Announcement[];
  /** Rounds in which the revocation was noted as complete. */
  readonly noted: ReadonlySet<number>;
  /** What a channel has published, in this order. */
  readonly told: readonly CompletionEvent[];
  readonly deps: ApiDependencies;
  readonly revocation: () => Promise<Revocation>;
  /** Rejects where it is refused, or dies. */
  readonly act: (act: Act, death?: Death, scheduler?: fc.Scheduler) => Promise<void>;
}

/** @param jobsOf the jobs that each part brings, part 0 the first; none where there is no such part */
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
  const queue: Announcement[] = [];
  const announced: Announcement[] = [];
  const noted = new Set<number>();
  const told: CompletionEvent[] = [];
  const announce: Announce = async ({ id: revocation, reopens: round = 0 }) => {
    queue.push({ v: 1, revocation, round });
    announced.push({ v: 1, revocation, round });
  };
  const { log } = collectLog();
  const { metrics } = collectMetrics();
  const catalog = await catalogOf({ id: 'polar' });
  const watched: Table = {
    ...table,
    update: async (key, ...given) => {
      const item = await table.update(key, ...given);
      if (key.sk === partKey(id, 0).sk && item?.completedAt !== undefined) {
        noted.add(decodeRevocation(item).reopens ?? 0);
      }
      return item;
    },
  };
  const depsOn = (own: Table, ownLanes: Lanes, ownAnnounce: Announce): WorldDependencies =>
    apiDependenciesOn(own, storesOn(own, ownAnnounce), { catalog, lanes: ownLanes, log });
  const deps = depsOn(table, lanes, announce);
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

  const doAct = async (act: Act, own: WorldDependencies, publishing: Publishing): Promise<void> => {
    switch (act.kind) {
      case 'put': {
        const { part: number } = act;
        const jobs = jobsOf(number);
        if (jobs.length === 0) return;
        await takePart({ revocation: await revocationOn(own), number, jobs }, own);
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
        return;
      case 'sweep':
        await sweep(
          {
            ...own,
            providers: ['polar'],
            stores: {
              ...own,
              ledger: { ...own.ledger, walk: () => own.ledger.walk({ revocation: id }) },
            },
            grants: own.registry.grants,
            revoking: async function* () {},
            maxAgeDays: 7,
            metrics,
          },
          Number.POSITIVE_INFINITY,
        );
        return;
      case 'tell': {
        const announcement = queue[act.nth % queue.length];
        if (announcement === undefined) return;
        const channel: Channel = {
          name: 'events',
          concerns: () => true,
          publish: async (event) => {
            if (act.down) throw new ChannelFault('nobody is there');
            await publishing(event);
          },
        };
        const done = await publish(announcement, { ...own, channels: [channel] });
        if (done && queue.includes(announcement)) queue.splice(queue.indexOf(announcement), 1);
      }
    }
  };

  return {
    id,
    lane,
    sent,
    queue,
    announced,
    noted,
    told,
    deps,
    revocation: () => revocationOn(deps),
    act: (act, death, scheduler) => {
      const { mortal } = mortality(death);
      const turn = async () => void (await scheduler?.schedule(Promise.resolve(), act.kind));
      const ownLanes: Lanes = { send: (messages) => mortal(() => lanes.send(messages), turn) };
      return doAct(
        act,
        depsOn(
          mapTable(watched, (request) => mortal(request, turn)),
          ownLanes,
          (revocation) => mortal(() => announce(revocation), turn),
        ),
        (event) => mortal(async () => void told.push(event), turn),
      );
    },
  };
}
