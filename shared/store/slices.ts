import * as z from 'zod';
import {
  evidences,
  type JobRecord,
  laterRecord,
  outcomes,
  parkReasons,
} from '../domain/outcome.ts';
import type { SliceIdentity } from '../domain/slice.ts';
import { type DeliveryCounts, mergeCounts } from './delivery-counts.ts';
import { revocationPartition, sliceKey, slicePrefix } from './keys.ts';
import { createLeftAlone, type LeftAlone } from './left-alone.ts';
import { expiry } from './revocations.ts';
import { parseForDisplay, refuseNewer, schemas, withoutExpired } from './schema.ts';
import type { Item, Table } from './table.ts';

/**
 * What is written down of one slice: one item, one record a job. Attribute names inside a record
 * are single letters because DynamoDB bills by the byte and 25 of them share an item.
 */
const recordItem = z.object({
  r: z.string().optional(),
  f: z.string(),
  o: z.enum(outcomes).optional(),
  e: z.enum(evidences).optional(),
  p: z.enum(parkReasons).optional(),
  d: z.string().optional(),
  a: z.number(),
  n: z.number().optional(),
  c: z.number().optional(),
  h: z.number().optional(),
  k: z.number().optional(),
  y: z.enum(['a', 'r']).optional(),
  l: z.literal(true).optional(),
  u: z.number().optional(),
  b: z.string().optional(),
  w: z.string().optional(),
  t: z.number(),
});

const letterOf = { access_token: 'a', refresh_token: 'r' } as const;
const typeOf = { a: 'access_token', r: 'refresh_token' } as const;

const sliceItem = z.object({
  pk: z.string(),
  sk: z.string(),
  provider: z.string(),
  version: z.number(),
  receives: z.number(),
  redrives: z.number(),
  /** Deliveries by the number of their message, see `DeliveryCounts`. */
  older: z.record(z.string(), z.number()).optional(),
  jobs: z.record(z.string(), recordItem),
});

export interface SliceState extends DeliveryCounts {
  readonly records: ReadonlyMap<number, JobRecord>;
}

/** A slice's state with the version that a write must still find. */
export interface VersionedSlice extends SliceState {
  readonly version: number;
}

/** A slice's state as a list shows it. */
export interface ListedSlice extends SliceState {
  readonly part: number;
  readonly slice: number;
  readonly provider: string;
}

/** Where a slice stands in its revocation. */
export type SlicePosition = Pick<SliceIdentity, 'part' | 'slice'>;

export interface Slices {
  /** Deliveries on which a worker left a slice alone. */
  readonly leftAlone: LeftAlone;
  /** @throws Newer */
  readonly read: (identity: SliceIdentity) => Promise<VersionedSlice | undefined>;
  /**
   * Writes a delivery's state over what `seen` held. When another delivery wrote meanwhile the two
   * are merged: records that ended stay as they are.
   *
   * @returns what now stands in the table
   * @throws Newer when a newer version has written the item, which then stays as it is
   */
  readonly write: (
    identity: SliceIdentity,
    state: SliceState,
    seen: VersionedSlice | undefined,
  ) => Promise<VersionedSlice>;
  /**
   * Changes a slice otherwise than a delivery does: `rule` is given what stands there, again when
   * another write came between, and says what shall.
   *
   * @param rule answers undefined where nothing is to be changed
   * @returns what now stands in the table; undefined when nothing does
   * @throws Newer
   */
  readonly amend: (
    identity: SliceIdentity,
    rule: (state: SliceState | undefined) => SliceState | undefined,
  ) => Promise<SliceState | undefined>;
  /**
   * A revocation's slices in order of part and slice, from the one behind `after` on.
   *
   * @param consistent whether what was written a moment ago must be there; not unless told
   */
  readonly list: (
    revocation: string,
    limit: number,
    after?: SlicePosition,
    options?: { consistent?: boolean },
  ) => Promise<{ slices: ListedSlice[]; more: boolean }>;
}

export function createSlices(table: Table, retentionDays: number): Slices {
  const read: Slices['read'] = async (identity) => {
    const item = await table.get(sliceKey(identity));
    if (item === undefined) return undefined;
    refuseNewer(item, 'slice item', identity);
    return decode(sliceItem.parse(item));
  };

  /** @returns what was written; undefined when `current` is no longer what stands there */
  const replace = async (
    identity: SliceIdentity,
    current: VersionedSlice | undefined,
    state: SliceState,
  ): Promise<VersionedSlice | undefined> => {
    const next = { ...state, version: (current?.version ?? 0) + 1 };
    const written = await table.put(
      encode(identity, next, retentionDays),
      current === undefined ? 'attribute_not_exists(pk)' : 'version = :seen',
      current === undefined ? {} : { values: { ':seen': current.version } },
    );
    return written ? next : undefined;
  };

  return {
    leftAlone: createLeftAlone(table),

    read,

    write: async (identity, state, seen) => {
      let current = seen;
      for (;;) {
        const written = await replace(identity, current, merge(current, state));
        if (written !== undefined) return written;
        current = await read(identity);
      }
    },

    amend: async (identity, rule) => {
      for (;;) {
        const current = await read(identity);
        const next = rule(current);
        if (next === undefined) return current;
        const written = await replace(identity, current, next);
        if (written !== undefined) return written;
      }
    },

    list: async (revocation, limit, after, { consistent = false } = {}) => {
      const { items, last } = await table.query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        values: { ':pk': revocationPartition(revocation), ':prefix': slicePrefix },
        Limit: limit,
        ConsistentRead: consistent,
        after: after && { ...sliceKey({ revocation, ...after }) },
      });
      return { slices: items.map(decodeListed), more: last !== undefined };
    },
  };
}

function merge(current: VersionedSlice | undefined, state: SliceState): SliceState {
  if (current === undefined) return state;
  const records = new Map(current.records);
  for (const [index, record] of state.records) {
    records.set(index, laterRecord(records.get(index), record));
  }
  return { ...mergeCounts(current, state, records), records };
}

function encode(identity: SliceIdentity, state: VersionedSlice, retentionDays: number): Item {
  const jobs = [...state.records].map(([index, record]) => [
    index,
    {
      r: record.ref,
      f: record.fingerprint,
      o: record.outcome,
      e: record.evidence,
      p: record.reason,
      d: record.detail,
      a: record.attempts,
      // Of no use once a job has ended for good, and most end at their first try.
      n: mayBeTriedAgain(record) ? record.answers : undefined,
      c: record.crashes,
      h: record.httpStatus,
      k: record.redrives,
      y: record.tokenType && letterOf[record.tokenType],
      l: mayBeTriedAgain(record) ? record.foundAlive : undefined,
      u: mayBeTriedAgain(record) ? record.triesBefore : undefined,
      b: record.decision?.by,
      w: record.decision?.note,
      t: record.at,
    },
  ]);
  return {
    ...sliceKey(identity),
    schema: isNews(state) ? schemas['slice item'] : withoutExpired,
    provider: identity.provider,
    version: state.version,
    receives: state.receives,
    redrives: state.redrives,
    older: state.older && Object.fromEntries(state.older),
    jobs: Object.fromEntries(jobs),
    expiresAt: expiry(retentionDays),
  };
}

/** An older version does not know that outcome, and would believe a provider that was found lying. */
const isNews = ({ records }: SliceState): boolean =>
  [...records.values()].some(
    (record) => record.outcome === 'expired' || (mayBeTriedAgain(record) && record.foundAlive),
  );

const mayBeTriedAgain = ({ outcome }: JobRecord): boolean =>
  outcome === undefined || outcome === 'parked';

function decode(item: z.infer<typeof sliceItem>): VersionedSlice {
  const { version, receives, redrives, older, jobs } = item;
  const records = Object.entries(jobs).map(([index, record]): [number, JobRecord] => [
    Number(index),
    {
      ref: record.r,
      fingerprint: record.f,
      outcome: record.o,
      evidence: record.e,
      reason: record.p,
      detail: record.d,
      attempts: record.a,
      answers: record.n,
      crashes: record.c,
      httpStatus: record.h,
      redrives: record.k,
      tokenType: record.y && typeOf[record.y],
      foundAlive: record.l,
      triesBefore: record.u,
      decision:
        record.b === undefined || record.w === undefined
          ? undefined
          : { by: record.b, note: record.w },
      at: record.t,
    },
  ]);
  records.sort(([a], [b]) => a - b);
  return {
    version,
    receives,
    redrives,
    older:
      older && new Map(Object.entries(older).map(([number, count]) => [Number(number), count])),
    records: new Map(records),
  };
}

function decodeListed(item: Item): ListedSlice {
  const parsed = parseForDisplay(sliceItem, item, 'slice item');
  const { sk, provider } = parsed;
  const [, part = '', slice = ''] = sk.split('#');
  return { ...decode(parsed), part: Number(part), slice: Number(slice), provider };
}
