import type fc from 'fast-check';
import { sweep } from '../../functions/sweep/sweep.ts';
import { abandon } from '../../shared/dead-letters/abandon.ts';
import { redrive } from '../../shared/dead-letters/redrive.ts';
import { epochSeconds, type JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { createGrants } from '../../shared/grants/grants.ts';
import { walkRevoking } from '../../shared/grants/revoking.ts';
import type { Lanes } from '../../shared/queue/lanes.ts';
import type { Table } from '../../shared/store/table.ts';
import { type Stores, writeDown } from '../../shared/store/write-down.ts';
import { collectLog } from './log.ts';
import { collectMetrics } from './metrics.ts';
import { retentionDays, storesOn } from './stores.ts';

/** What a provider is made to come to for a job. */
export type Met = 'revoked' | 'refused' | 'exhausted' | 'waiting';

/** One thing that somebody does. Jobs are a bit mask of indexes. */
export type Act =
  | { readonly kind: 'deliver'; readonly nth: number; readonly met: readonly Met[] }
  | { readonly kind: 'redrive'; readonly jobs: number }
  | { readonly kind: 'abandon'; readonly jobs: number }
  | { readonly kind: 'sweep' };

/** When somebody dies: at which of their requests, and whether it was still done. */
export interface Death {
  readonly request: number;
  readonly after: boolean;
}

/** One slice, its lane, and those who work on it: as much of them as matters to the ledger. */
export interface LedgerWorld {
  /** On the lane: delivered again and again until a delivery is written down. */
  readonly lane: SliceMessage[];
  /** All that were ever on it: SQS may deliver one once more. */
  readonly sent: readonly SliceMessage[];
  readonly stores: Stores;
  /** Never rejects: who dies has died. */
  readonly act: (
    act: Act,
    death: Death | undefined,
    scheduler: fc.Scheduler | undefined,
  ) => Promise<void>;
}

export function ledgerWorld(message: SliceMessage, table: Table): LedgerWorld {
  const lane: SliceMessage[] = [message];
  const receives = new Map<SliceMessage, number>();
  const sent: SliceMessage[] = [message];
  const lanes: Lanes = {
    send: async (messages) => {
      lane.push(...messages);
      sent.push(...messages);
    },
  };
  const { log } = collectLog();
  const { metrics } = collectMetrics();

  const doAct = async (act: Act, stores: Stores, own: Lanes): Promise<void> => {
    const chosen = (index: number) => 'jobs' in act && (act.jobs & (1 << index)) !== 0;
    switch (act.kind) {
      case 'deliver': {
        const taken = lane[act.nth % lane.length];
        if (taken === undefined) return;
        const count = (receives.get(taken) ?? 0) + 1;
        receives.set(taken, count);
        if (await deliver(taken, count, act.met, stores)) drop(lane, taken);
        return;
      }
      case 'redrive': {
        const choice = { place: message, wanted: ({ index }: { index: number }) => chosen(index) };
        await redrive([choice], { stores, lanes: own });
        return;
      }
      case 'abandon': {
        const indexes = new Set(message.jobs.map(({ index }) => index).filter(chosen));
        await abandon(message, indexes, { by: 'jane', note: 'why' }, stores);
        return;
      }
      case 'sweep':
        await sweep(
          {
            providers: [message.provider],
            paceOf: () => ({ read: async () => ({}) }),
            maxAgeDays: 7,
            grants: createGrants(table, retentionDays),
            revoking: () => walkRevoking(table),
            ...{ stores, lanes: own, log, metrics },
          },
          Number.POSITIVE_INFINITY,
        );
    }
  };

  return {
    lane,
    sent,
    stores: storesOn(table),
    act: async (act, death, scheduler) => {
      const { mortal } = mortality(death);
      const turn = async () => void (await scheduler?.schedule(Promise.resolve(), act.kind));
      const stores = storesOn(mapTable(table, (request) => mortal(request, turn)));
      const own: Lanes = { send: (messages) => mortal(() => lanes.send(messages), turn) };
      await doAct(act, stores, own).catch(() => undefined);
    },
  };
}

/** As a worker does it, but for provider and pace. @returns whether SQS may delete the message */
export async function deliver(
  message: SliceMessage,
  receives: number,
  met: readonly Met[],
  stores: Stores,
): Promise<boolean> {
  const seen = await stores.slices.read(message);
  const records = new Map(
    message.jobs.map(({ index, ref, fingerprint }): [number, JobRecord] => {
      const before = seen?.records.get(index) ?? { ref, fingerprint, attempts: 0, at: 0 };
      const ours = before.outcome === undefined && (before.redrives ?? 0) <= message.redrives;
      return [index, ours ? tried(before, met[index % met.length] ?? 'revoked') : before];
    }),
  );
  await writeDown({ message, receives, seen, records }, stores);
  return [...records.values()].every(
    ({ outcome, redrives = 0 }) => outcome !== undefined || redrives > message.redrives,
  );
}

function tried(before: JobRecord, met: Met): JobRecord {
  const record = { ...before, attempts: before.attempts + 1, at: epochSeconds() };
  switch (met) {
    case 'revoked':
      return { ...record, outcome: 'revoked', evidence: 'accepted' };
    case 'refused':
    case 'exhausted':
      return { ...record, outcome: 'parked', reason: met };
    case 'waiting':
      return { ...record, reason: 'exhausted' };
  }
}

/** All requests of one who may die: after that, none is made any more. */
export function mortality(death: Death | undefined) {
  let requests = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new Error('dead');
  };
  return {
    mortal: async <Result>(
      request: () => Promise<Result>,
      turn: () => Promise<void>,
    ): Promise<Result> => {
      await turn();
      if (dead) throw new Error('dead');
      requests += 1;
      const now = death?.request === requests;
      if (now && !death.after) die();
      const result = await request();
      return now ? die() : result;
    },
  };
}

/** The table, each request of which goes through `pass`. */
export function mapTable(table: Table, pass: <R>(request: () => Promise<R>) => Promise<R>): Table {
  return {
    get: (...given) => pass(() => table.get(...given)),
    getMany: (...given) => pass(() => table.getMany(...given)),
    put: (...given) => pass(() => table.put(...given)),
    update: (...given) => pass(() => table.update(...given)),
    query: (...given) => pass(() => table.query(...given)),
  };
}

function drop<Value>(values: Value[], value: Value): void {
  const at = values.indexOf(value);
  if (at >= 0) values.splice(at, 1);
}
