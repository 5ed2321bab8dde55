import * as z from 'zod';
import { type ParkReason, parkReasons } from '../domain/outcome.ts';
import type { SliceIdentity, SliceMessage } from '../domain/slice.ts';
import { ledgerKey, ledgerListingKey, listing } from './keys.ts';
import type { Item, Table } from './table.ts';

/** One parked job. */
export interface ParkedJob {
  readonly index: number;
  readonly ref?: string | undefined;
  readonly fingerprint: string;
  readonly reason: ParkReason;
  readonly detail?: string | undefined;
  readonly attempts: number;
  readonly httpStatus?: number | undefined;
  /** ISO 8601. */
  readonly parkedAt: string;
}

/** A slice with parked jobs, as a list shows it: without its sealed tokens. */
export interface LedgerEntry {
  readonly revocation: string;
  readonly part: number;
  readonly slice: number;
  readonly provider: string;
  readonly jobs: readonly ParkedJob[];
}

const parkedJob = z.object({
  index: z.number(),
  ref: z.string().optional(),
  fingerprint: z.string(),
  reason: z.enum(parkReasons),
  detail: z.string().optional(),
  attempts: z.number(),
  httpStatus: z.number().optional(),
  parkedAt: z.string(),
});

/** What the listing index holds of an entry (`listing.projected`). */
const listedEntry = z.object({
  pk: z.string(),
  sk: z.string(),
  provider: z.string(),
  entries: z.record(z.string(), parkedJob),
});
const storedEntry = listedEntry.extend({ version: z.number() });

/** The dead-letter ledger: jobs that could not be revoked, with their sealed tokens. */
export interface Ledger {
  /**
   * Keeps jobs with the sealed slice they came in. Repeating it changes nothing; other jobs of the
   * same slice are added.
   */
  readonly park: (message: SliceMessage, jobs: readonly ParkedJob[]) => Promise<void>;
  /** Entries by provider, then by age, from the one behind `after` on. */
  readonly list: (
    provider: string | undefined,
    limit: number,
    after?: SliceIdentity,
  ) => Promise<{ entries: LedgerEntry[]; more: boolean }>;
  /** Parked jobs of a provider, counted over at most `pages` pages; `exact` tells if that was all. */
  readonly count: (provider: string, pages: number) => Promise<{ parked: number; exact: boolean }>;
}

export function createLedger(table: Table): Ledger {
  const query = (provider: string | undefined, limit: number | undefined, after?: Item) =>
    table.query({
      IndexName: listing.index,
      KeyConditionExpression:
        provider === undefined ? 'lpk = :lpk' : 'lpk = :lpk AND begins_with(lsk, :provider)',
      values: {
        ':lpk': listing.ledger,
        ...(provider === undefined ? {} : { ':provider': `${provider}#` }),
      },
      ...(limit === undefined ? {} : { Limit: limit }),
      after,
    });

  return {
    park: async (message, jobs) => {
      const key = ledgerKey(message);
      for (;;) {
        const item = await table.get(key);
        const current = item === undefined ? undefined : storedEntry.parse(item);
        if (current !== undefined && jobs.every(({ index }) => index in current.entries)) return;
        const entries = {
          ...Object.fromEntries(jobs.map((job) => [job.index, job])),
          ...current?.entries,
        };
        const written = await table.put(
          {
            ...key,
            lpk: listing.ledger,
            lsk: ledgerListingKey(message),
            provider: message.provider,
            version: (current?.version ?? 0) + 1,
            redrives: message.redrives,
            sealed: message.sealed,
            entries,
          },
          current === undefined ? 'attribute_not_exists(pk)' : 'version = :seen',
          current === undefined ? {} : { values: { ':seen': current.version } },
        );
        if (written) return;
      }
    },

    list: async (provider, limit, after) => {
      const { items, last } = await query(provider, limit, after && startKey(after));
      return { entries: items.map(decode), more: last !== undefined };
    },

    count: async (provider, pages) => {
      let parked = 0;
      let after: Item | undefined;
      for (let page = 0; page < pages; page += 1) {
        const { items, last } = await query(provider, undefined, after);
        for (const item of items) parked += Object.keys(listedEntry.parse(item).entries).length;
        if (last === undefined) return { parked, exact: true };
        after = last;
      }
      return { parked, exact: false };
    },
  };
}

const startKey = (identity: SliceIdentity): Item => ({
  ...ledgerKey(identity),
  lpk: listing.ledger,
  lsk: ledgerListingKey(identity),
});

function decode(item: Item): LedgerEntry {
  const { pk, sk, provider, entries } = listedEntry.parse(item);
  const [, part = '', slice = ''] = sk.split('#');
  return {
    revocation: pk.slice('REV#'.length),
    part: Number(part),
    slice: Number(slice),
    provider,
    jobs: Object.values(entries).sort((a, b) => a.index - b.index),
  };
}
