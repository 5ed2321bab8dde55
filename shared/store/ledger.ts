import * as z from 'zod';
import type { SliceIdentity, SliceMessage, SlicePlace } from '../domain/slice.ts';
import { ledgerKey, ledgerListingKey, ledgerPrefix, listing, revocationPartition } from './keys.ts';
import {
  decodeListed,
  decodeStored,
  encodeEntry,
  type LedgerEntry,
  type LedgerJob,
  type StoredEntry,
  stateOf,
} from './ledger-entry.ts';
import type { Item, Table } from './table.ts';

/**
 * Where to look: at a revocation or one part of it, in the order of its slices; at a provider's
 * slices, by age; or at all of them, by provider and age.
 */
export type LedgerRange =
  | { readonly revocation: string; readonly part?: number }
  | { readonly provider?: string | undefined };

/** Jobs that cannot be understood can still be counted. */
const countedEntry = z.object({ entries: z.record(z.string(), z.unknown()) });
const elsewhere = z.object({ state: z.string().regex(/^(?!parked$)/) });

/**
 * The dead-letter ledger: jobs that could not be revoked, with their sealed tokens.
 *
 * An entry holds its sealing key (shared/sealing/rotation.ts): the key stays as long as a listed job
 * names it in `kid`, and every key does as long as one names none. So a job that is sent again stays
 * in the ledger until it has ended.
 */
export interface Ledger {
  /**
   * Keeps jobs with the sealed slice they came in. Repeating it changes nothing; other jobs of the
   * same slice are added. A job that was sent again is parked anew, by whoever it was sent to.
   *
   * @throws Newer when a newer version has written the entry, which then stays as it is
   */
  readonly park: (message: SliceMessage, jobs: readonly LedgerJob[]) => Promise<void>;
  /**
   * Takes jobs out that were sent again and have ended since.
   *
   * @throws Newer
   */
  readonly release: (place: SlicePlace, indexes: ReadonlySet<number>) => Promise<void>;
  /**
   * Changes an entry: `rule` is given what stands there, again when another write came between, and
   * says what shall.
   *
   * @param rule answers undefined where nothing is to be changed
   * @returns what now stands in the table; undefined when nothing does
   * @throws Newer
   */
  readonly amend: (
    place: SlicePlace,
    rule: (entry: StoredEntry) => Partial<Pick<StoredEntry, 'jobs' | 'redrives'>> | undefined,
  ) => Promise<StoredEntry | undefined>;
  /** Entries of a range, from the one behind `after` on, which must be of that range. */
  readonly list: (
    range: LedgerRange,
    limit: number,
    after?: SliceIdentity,
  ) => Promise<{ entries: LedgerEntry[]; more: boolean }>;
  /** All entries of a range that are behind `after`, a page at a time. */
  readonly walk: (
    range: LedgerRange,
    after?: SliceIdentity,
  ) => AsyncGenerator<readonly LedgerEntry[]>;
  /** Parked jobs of a provider, counted over at most `pages` pages; `exact` tells if that was all. */
  readonly count: (provider: string, pages: number) => Promise<{ parked: number; exact: boolean }>;
}

export function createLedger(table: Table, retentionDays: number): Ledger {
  const queryListing = (provider: string | undefined, page: { Limit?: number; after?: Item }) =>
    table.query({
      IndexName: listing.index,
      KeyConditionExpression:
        provider === undefined ? 'lpk = :lpk' : 'lpk = :lpk AND begins_with(lsk, :provider)',
      values: {
        ':lpk': listing.ledger,
        ...(provider === undefined ? {} : { ':provider': `${provider}#` }),
      },
      ...page,
    });

  /** By the table itself, where every revocation's entries are one range; without sealed tokens. */
  const queryRevocation = (
    revocation: string,
    part: number | undefined,
    page: { Limit?: number; after?: Item },
  ) =>
    table.query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ProjectionExpression: 'pk, sk, #provider, #entries',
      names: { '#provider': 'provider', '#entries': 'entries' },
      values: { ':pk': revocationPartition(revocation), ':prefix': ledgerPrefix(part) },
      ConsistentRead: true,
      ...page,
    });

  const query = (range: LedgerRange, after: Item | undefined, limit?: number) => {
    const page = { ...(limit && { Limit: limit }), ...(after && { after }) };
    return 'revocation' in range
      ? queryRevocation(range.revocation, range.part, page)
      : queryListing(range.provider, page);
  };

  const rewrite = async (
    place: SlicePlace,
    rule: (entry: StoredEntry | undefined) => Omit<StoredEntry, 'version'> | undefined,
  ): Promise<StoredEntry | undefined> => {
    for (;;) {
      const item = await table.get(ledgerKey(place));
      const current = item === undefined ? undefined : decodeStored(item, place);
      const next = rule(current);
      if (next === undefined) return current;
      const entry = { ...next, version: (current?.version ?? 0) + 1 };
      const written = await table.put(
        encodeEntry(item, entry, retentionDays),
        current === undefined ? 'attribute_not_exists(pk)' : 'version = :seen',
        current === undefined ? {} : { values: { ':seen': current.version } },
      );
      if (written) return entry;
    }
  };

  const amend: Ledger['amend'] = (place, rule) =>
    rewrite(place, (entry) => {
      const change = entry && rule(entry);
      if (entry === undefined || change === undefined) return undefined;
      const left = new Set((change.jobs ?? entry.jobs).map(({ index }) => index));
      const gone = entry.jobs.map(({ index }) => index).filter((index) => !left.has(index));
      return {
        ...entry,
        ...change,
        ...(gone.length > 0 && { ended: [...(entry.ended ?? []), ...gone] }),
      };
    });

  return {
    park: async (message, jobs) => {
      await rewrite(message, (entry) => {
        const { jobs: there = [], redrives = 0, ended = [] } = entry ?? {};
        const known = new Map(there.map((job) => [job.index, job]));
        const fresh = jobs.filter(
          (job) => !ended.includes(job.index) && isNews(known.get(job.index), job),
        );
        if (fresh.length === 0) return undefined;
        const sent = new Map(message.jobs.map((job) => [job.index, job]));
        for (const job of fresh) {
          const { expiresAt, after } = sent.get(job.index) ?? {};
          known.set(job.index, {
            ...known.get(job.index),
            state: undefined,
            since: undefined,
            ...job,
            acceptedAt: message.acceptedAt,
            ...(expiresAt !== undefined && { expiresAt }),
            ...(after !== undefined && { after }),
          });
        }
        return {
          ...message,
          ended: entry?.ended,
          jobs: [...known.values()],
          redrives: Math.max(redrives, message.redrives),
          acceptedAt: entry?.acceptedAt ?? message.acceptedAt,
        };
      });
    },

    release: async (place, indexes) => {
      await amend(place, ({ jobs }) => {
        const ended = (job: LedgerJob) => indexes.has(job.index) && isSentAgain(job);
        return jobs.some(ended) ? { jobs: jobs.filter((job) => !ended(job)) } : undefined;
      });
    },

    amend,

    list: async (range, limit, after) => {
      const { items, last } = await query(range, after && startKey(range, after), limit);
      return { entries: items.map(decodeListed), more: last !== undefined };
    },

    walk: async function* (range, start) {
      let after = start && startKey(range, start);
      do {
        const { items, last } = await query(range, after);
        yield items.map(decodeListed);
        after = last;
      } while (after !== undefined);
    },

    count: async (provider, pages) => {
      let parked = 0;
      let after: Item | undefined;
      for (let page = 0; page < pages; page += 1) {
        const { items, last } = await query({ provider }, after);
        for (const item of items) {
          const jobs = Object.values(countedEntry.parse(item).entries);
          parked += jobs.filter((job) => !elsewhere.safeParse(job).success).length;
        }
        if (last === undefined) return { parked, exact: true };
        after = last;
      }
      return { parked, exact: false };
    },
  };
}

const isSentAgain = (job: LedgerJob): boolean =>
  stateOf(job) === 'redriving' || stateOf(job) === 'queued';

/**
 * Whether parking a job says anything new: it is not in the ledger, or was sent again and has come
 * back. A delivery of before it was sent again has no say in it any more.
 */
const isNews = (known: LedgerJob | undefined, { redrives = 0 }: LedgerJob): boolean =>
  known === undefined || (isSentAgain(known) && redrives >= (known.redrives ?? 0));

const startKey = (range: LedgerRange, identity: SliceIdentity): Item => ({
  ...ledgerKey(identity),
  ...(!('revocation' in range) && { lpk: listing.ledger, lsk: ledgerListingKey(identity) }),
});
