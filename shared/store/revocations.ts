import * as z from 'zod';
import { type JobRecord, type Outcome, outcomes } from '../domain/outcome.ts';
import { countsOf, type Revocation } from '../domain/revocation.ts';
import { listing, partKey } from './keys.ts';
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
} satisfies Record<Outcome, unknown> & Record<string, unknown>);

function decode(item: Item): Revocation {
  const { pk, revoked, already_invalid, unsupported, parked, abandoned, ...rest } =
    partItem.parse(item);
  return {
    id: pk.slice('REV#'.length),
    ...rest,
    ended: {
      revoked: revoked.size,
      already_invalid: already_invalid.size,
      unsupported: unsupported.size,
      parked: parked.size,
      abandoned: abandoned.size,
    },
  };
}

/** The revocations and their progress. */
export interface Revocations {
  /** Writes a new revocation; leaves one that is there already. */
  readonly create: (revocation: Omit<Revocation, 'ended'>) => Promise<void>;
  /** Notes that intake is complete: every slice is on its queue. */
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
}

export function createRevocations(table: Table, retentionDays: number): Revocations {
  return {
    create: async ({ id, ...rest }) => {
      await table.put(
        {
          ...partKey(id, 0),
          ...rest,
          lpk: listing.revocations,
          lsk: id,
          expiresAt: expiry(retentionDays),
        },
        'attribute_not_exists(pk)',
      );
    },

    accept: async (id, at) => {
      const item = await table.update(
        partKey(id, 0),
        'SET acceptedAt = if_not_exists(acceptedAt, :at)',
        { values: { ':at': at } },
        'attribute_exists(pk)',
      );
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
      const ended = Map.groupBy(records, ([, { outcome }]) => outcome);
      const sets = outcomes.flatMap((outcome) => {
        const entries = ended.get(outcome);
        return entries === undefined
          ? []
          : [[outcome, new Set(entries.map(([index]) => index))] as const];
      });
      if (sets.length === 0) return;
      const item = await table.update(
        partKey(id, part),
        `ADD ${sets.map(([outcome]) => `${outcome} :${outcome}`).join(', ')}`,
        { values: Object.fromEntries(sets.map(([outcome, set]) => [`:${outcome}`, set])) },
        'attribute_exists(pk)',
      );
      if (item === undefined) return;
      const revocation = decode(item);
      if (revocation.completedAt !== undefined || countsOf(revocation).queued > 0) return;
      await table.update(
        partKey(id, 0),
        'SET completedAt = if_not_exists(completedAt, :at)',
        { values: { ':at': new Date().toISOString() } },
        'attribute_exists(pk)',
      );
    },
  };
}

/** When DynamoDB may forget an item, in epoch seconds. */
export const expiry = (days: number, now = Date.now()): number =>
  Math.floor(now / 1000) + days * 86_400;
