import * as z from 'zod';
import { type JobRecord, type Outcome, outcomes } from '../domain/outcome.ts';
import { countsOf, type Revocation } from '../domain/revocation.ts';
import { groupBy } from '../group-by.ts';
import { listing, partKey } from './keys.ts';
import { notNewer, parseForDisplay, refuseNewer, withoutExpired } from './schema.ts';
import type { Item, Table } from './table.ts';

const indexes = z.set(z.number()).default(new Set());

/** Part 0's item. Each outcome's attribute is the number set of job indexes that have it. */
const partItem = z.object({
  pk: z.string().startsWith('REV#'),
  label: z.string().optional(),
  requestedBy: z.string(),
  createdAt: z.string(),
  acceptedAt: z.string().optional(),
  completedAt: z.string().optional(),
  total: z.number(),
  revoked: indexes,
  already_invalid: indexes,
  unsupported: indexes,
  parked: indexes,
  abandoned: indexes,
  expired: indexes,
} satisfies Record<Outcome, unknown> & Record<string, unknown>);

function decode(item: Item): Revocation {
  const { pk, revoked, already_invalid, unsupported, parked, abandoned, expired, ...rest } =
    parseForDisplay(partItem, item, 'part');
  // Only a delivery that was long under way can still call a job parked that has ended since.
  const final = [revoked, already_invalid, unsupported, abandoned, expired];
  const stillParked = [...parked].filter((index) => !final.some((set) => set.has(index)));
  return {
    id: pk.slice('REV#'.length),
    ...rest,
    ended: {
      revoked: revoked.size,
      already_invalid: already_invalid.size,
      unsupported: unsupported.size,
      parked: stillParked.length,
      abandoned: abandoned.size,
      expired: expired.size,
    },
  };
}

/** The revocations and their progress. */
export interface Revocations {
  /** Writes a new revocation; leaves one that is there already. */
  readonly create: (revocation: Omit<Revocation, 'ended'>) => Promise<void>;
  /**
   * Notes that intake is complete: every slice is on its queue.
   *
   * @throws Newer
   */
  readonly accept: (id: string, at: string) => Promise<Revocation>;
  readonly get: (id: string) => Promise<Revocation | undefined>;
  /** Newest first, from the one behind `after` on. */
  readonly list: (limit: number, after?: string) => Promise<{ items: Revocation[]; more: boolean }>;
  /**
   * Adds a slice's ended jobs to the part's number sets, which counts each job once however often
   * it is said, and notes the revocation's completion with the last of them.
   */
  readonly progress: (
    id: string,
    part: number,
    records: ReadonlyMap<number, JobRecord>,
  ) => Promise<void>;
  /** Takes jobs that the ledger sends again for queued: the revocation goes on. */
  readonly reopen: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
  /** Counts parked jobs as abandoned. */
  readonly abandon: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
  /** Counts parked jobs as expired. */
  readonly expire: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
}

export function createRevocations(table: Table, retentionDays: number): Revocations {
  /** @returns the part as it now stands; undefined when it has been forgotten */
  const update = async (
    id: string,
    part: number,
    expression: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<Item | undefined> => {
    const key = partKey(id, part);
    const { condition, names, values: known } = notNewer('part');
    const bindings = { names, values: { ...values, ...known } };
    const item = await table.update(
      key,
      expression,
      bindings,
      `attribute_exists(pk) AND ${condition}`,
    );
    if (item !== undefined) return item;
    const refused = await table.get(key);
    if (refused !== undefined) refuseNewer(refused, 'part');
    return undefined;
  };

  return {
    create: async ({ id, ...rest }) => {
      await table.put(
        {
          ...partKey(id, 0),
          schema: withoutExpired,
          ...rest,
          lpk: listing.revocations,
          lsk: id,
          expiresAt: expiry(retentionDays),
        },
        'attribute_not_exists(pk)',
      );
    },

    accept: async (id, at) => {
      const item = await update(id, 0, 'SET acceptedAt = if_not_exists(acceptedAt, :at)', {
        ':at': at,
      });
      if (item === undefined) throw new Error(`revocation ${id} vanished during its intake`);
      return decode(item);
    },

    get: async (id) => {
      const item = await table.get(partKey(id, 0));
      return item === undefined ? undefined : decode(item);
    },

    list: async (limit, after) => {
      const { items: keys, last } = await table.query({
        IndexName: listing.index,
        KeyConditionExpression: 'lpk = :lpk',
        values: { ':lpk': listing.revocations },
        ScanIndexForward: false,
        Limit: limit,
        after:
          after === undefined
            ? undefined
            : { ...partKey(after, 0), lpk: listing.revocations, lsk: after },
      });
      const items = await table.getMany(keys.map(({ lsk }) => partKey(String(lsk), 0)));
      return {
        items: items.map(decode).sort((a, b) => (a.id < b.id ? 1 : -1)),
        more: last !== undefined,
      };
    },

    progress: async (id, part, records) => {
      const ended = groupBy(records, ([, { outcome }]) => outcome);
      const sets = outcomes.flatMap((outcome) => {
        const entries = ended.get(outcome);
        return entries === undefined
          ? []
          : [[outcome, new Set(entries.map(([index]) => index))] as const];
      });
      if (sets.length === 0) return;
      const item = await update(
        id,
        part,
        `ADD ${sets.map(([outcome]) => `${outcome} :${outcome}`).join(', ')}`,
        Object.fromEntries(sets.map(([outcome, set]) => [`:${outcome}`, set])),
      );
      if (item === undefined) return;
      const revocation = decode(item);
      if (revocation.completedAt !== undefined || countsOf(revocation).queued > 0) return;
      await update(id, 0, 'SET completedAt = if_not_exists(completedAt, :at)', {
        ':at': new Date().toISOString(),
      });
    },

    reopen: async (id, part, indexes) => {
      const taken = { ':indexes': indexes };
      if (part === 0) {
        await update(id, 0, 'DELETE parked :indexes REMOVE completedAt', taken);
        return;
      }
      await update(id, part, 'DELETE parked :indexes', taken);
      await update(id, 0, 'REMOVE completedAt', {});
    },

    abandon: async (id, part, indexes) => {
      await update(id, part, 'ADD abandoned :indexes DELETE parked :indexes', {
        ':indexes': indexes,
      });
    },

    expire: async (id, part, indexes) => {
      await update(id, part, 'ADD expired :indexes DELETE parked :indexes SET #schema = :schema', {
        ':indexes': indexes,
      });
    },
  };
}

/** When DynamoDB may forget an item, in epoch seconds. */
export const expiry = (days: number, now = Date.now()): number =>
  Math.floor(now / 1000) + days * 86_400;
