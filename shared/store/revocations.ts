import type { Announce } from '../completion/announce.ts';
import type { JobRecord } from '../domain/outcome.ts';
import { haveEnded, isComplete, type Revocation } from '../domain/revocation.ts';
import { listing, partKey } from './keys.ts';
import { decodePart, decodeRevocation, endings, parkedIn, reopensOf } from './part-item.ts';
import { notNewer, refuseNewer, schemas, withoutExpired } from './schema.ts';
import type { Item, Table } from './table.ts';

type Records = ReadonlyMap<number, JobRecord>;

/** A condition of a write, with the values that it names. */
interface When {
  readonly condition: string;
  readonly values: Item;
}

/** Holds as long as a part has not been reopened since it was read. */
const asReopened = (reopens: number | undefined): When =>
  reopens === undefined
    ? { condition: 'attribute_not_exists(reopens)', values: {} }
    : { condition: 'reopens = :reopens', values: { ':reopens': reopens } };

/** Holds while further parts may come. */
const whileOpen: When = {
  condition: 'attribute_exists(opened) AND attribute_not_exists(closedAt)',
  values: {},
};

/** Holds while there are so many further parts. */
const withParts = (count: number): When =>
  count === 0
    ? { condition: 'attribute_not_exists(parts)', values: {} }
    : { condition: 'size(parts) = :count', values: { ':count': count } };

/** A revocation as it is to be written. */
export interface NewRevocation extends Omit<Revocation, 'ended' | 'parts' | 'reopens'> {
  /** Whether further parts follow. */
  readonly open?: boolean | undefined;
}

/** The revocations and their progress. */
export interface Revocations {
  /** Writes a new revocation; leaves one that is there already. */
  readonly create: (revocation: NewRevocation) => Promise<void>;
  /**
   * Notes that intake is complete: every slice is on its queue. One that has no job is complete then.
   *
   * @throws Newer
   */
  readonly accept: (id: string, at: string) => Promise<Revocation>;
  /** With part 0 alone counted, as in lists. */
  readonly get: (id: string) => Promise<Revocation | undefined>;
  /**
   * Makes a further part one of the revocation's.
   *
   * @returns false when it takes none any more
   * @throws Newer
   */
  readonly addPart: (id: string, part: number) => Promise<boolean>;
  /**
   * Lets no more parts come, and notes the revocation's completion if all its jobs have ended.
   *
   * @param count how many further parts are known, every one of them accepted
   * @returns undefined when there are more by now, or it is no more
   * @throws Newer
   */
  readonly close: (id: string, at: string, count: number) => Promise<Revocation | undefined>;
  /**
   * The revocation as it is, if it is complete after so many reopenings; notes that it is where
   * whoever found it so has died before they could. Announces nothing, so a later completion is left
   * to be noted by whoever announces that one.
   */
  readonly completed: (id: string, reopens: number) => Promise<Revocation | undefined>;
  /** Announces a completion that has been noted once more: somebody has begun to wait since. */
  readonly announceAgain: (id: string) => Promise<void>;
  /** Who asked for each of these; those that are no more are left out. */
  readonly requesters: (ids: Iterable<string>) => Promise<ReadonlyMap<string, string>>;
  /** Newest first, from the one behind `after` on. `next` continues the list; absent at its end. */
  readonly list: (
    limit: number,
    after?: string,
  ) => Promise<{ items: Revocation[]; next: string | undefined }>;
  /**
   * Adds a slice's ended jobs to the part's number sets, which counts each job once however often
   * it is said. With the last of them it notes that the part is complete, and with the last part of a
   * closed revocation that this one is.
   *
   * That a job is parked may have got old: whoever has it sent again says so on the part after they
   * have on the slice. So where the part has been reopened, the slice is asked again.
   *
   * @param again the slice's records as they stand in the table now
   */
  readonly progress: (
    id: string,
    part: number,
    records: Records,
    again: () => Promise<Records>,
  ) => Promise<void>;
  /**
   * Takes jobs that the ledger sends again for queued: the revocation goes on. To be called when
   * their slice says so already, see `progress`.
   */
  readonly reopen: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
  /**
   * Those of the jobs that somebody was about to `reopen` for whom it has not been done, or not on
   * the revocation. It is asked before their slice, and by whoever goes on after a death: where it
   * has been done they may be queued, and end just now.
   */
  readonly unopened: (
    id: string,
    part: number,
    indexes: ReadonlySet<number>,
  ) => Promise<ReadonlySet<number>>;
  /** Counts parked jobs as abandoned. */
  readonly abandon: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
  /** Counts parked jobs as expired. */
  readonly expire: (id: string, part: number, indexes: ReadonlySet<number>) => Promise<void>;
}

/**
 * @param announce told of each revocation that is complete, before that is noted: so whoever dies in
 * between does both again
 */
export function createRevocations(
  table: Table,
  retentionDays: number,
  announce: Announce = async () => {},
): Revocations {
  /** @returns the part as it now stands; undefined when it is not there, or `when` does not hold */
  const update = async (
    id: string,
    part: number,
    expression: string,
    values: Item,
    when?: When,
  ): Promise<Item | undefined> => {
    const key = partKey(id, part);
    const { condition, names, values: known } = notNewer('part');
    const bindings = { names, values: { ...values, ...when?.values, ...known } };
    const conditions = ['attribute_exists(pk)', condition, ...(when ? [when.condition] : [])];
    const item = await table.update(key, expression, bindings, conditions.join(' AND '));
    if (item !== undefined) return item;
    const refused = await table.get(key);
    if (refused !== undefined) refuseNewer(refused, 'part');
    return undefined;
  };

  /** Notes that the revocation is complete, if it is and nobody has reopened it since. */
  const complete = async (item: Item, tell = announce): Promise<Revocation> => {
    const revocation = decodeRevocation(item);
    if (revocation.completedAt !== undefined || !isComplete(revocation)) return revocation;
    await tell(revocation);
    const completed = await update(
      revocation.id,
      0,
      'SET completedAt = if_not_exists(completedAt, :at)',
      { ':at': new Date().toISOString() },
      asReopened(revocation.reopens),
    );
    return completed === undefined ? revocation : decodeRevocation(completed);
  };

  /**
   * Notes on the revocation that a further part is complete, if it is. Whoever reopens the part writes
   * on it first and on the revocation next:
   *
   *   read revocation → read part: complete → revocation: "complete", as long as it was not reopened
   *
   * So the write is refused, or undone after it, where the part was reopened since it was read.
   */
  const completePart = async (id: string, part: number): Promise<void> => {
    for (;;) {
      const revocation = await table.get(partKey(id, 0));
      const item = await table.get(partKey(id, part));
      if (revocation === undefined || item === undefined || !haveEnded(decodePart(item))) return;
      const isNoted = decodeRevocation(revocation).parts?.complete.has(part) === true;
      const noted = isNoted
        ? revocation
        : await update(
            id,
            0,
            'ADD complete :part',
            { ':part': new Set([part]) },
            asReopened(reopensOf(revocation)),
          );
      if (noted === undefined) continue;
      await complete(noted);
      return;
    }
  };

  /** What follows from a part as it now stands. */
  const conclude = async (id: string, part: number, item: Item): Promise<void> => {
    if (part === 0) await complete(item);
    else if (haveEnded(decodePart(item))) await completePart(id, part);
  };

  /** Counts parked jobs as what they have been closed as. */
  const closeJobs = async (
    id: string,
    part: number,
    expression: string,
    indexes: ReadonlySet<number>,
  ): Promise<void> => {
    const item = await update(id, part, expression, { ':indexes': indexes });
    if (item !== undefined) await conclude(id, part, item);
  };

  return {
    create: async ({ id, open = false, ...rest }) => {
      await table.put(
        {
          ...partKey(id, 0),
          ...(open ? { schema: schemas.part, opened: true } : { schema: withoutExpired }),
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
      return complete(item);
    },

    get: async (id) => {
      const item = await table.get(partKey(id, 0));
      return item === undefined ? undefined : decodeRevocation(item);
    },

    addPart: async (id, part) => {
      const numbers = { ':part': new Set([part]) };
      return (await update(id, 0, 'ADD parts :part', numbers, whileOpen)) !== undefined;
    },

    close: async (id, at, count) => {
      const expression = 'SET closedAt = if_not_exists(closedAt, :at)';
      const item = await update(id, 0, expression, { ':at': at }, withParts(count));
      return item === undefined ? undefined : complete(item);
    },

    completed: async (id, reopens) => {
      const item = await table.get(partKey(id, 0));
      if (item === undefined || (reopensOf(item) ?? 0) !== reopens) return undefined;
      const revocation = await complete(item, async () => {});
      return revocation.completedAt === undefined ? undefined : revocation;
    },

    announceAgain: async (id) => {
      const item = await table.get(partKey(id, 0));
      const revocation = item && decodeRevocation(item);
      if (revocation?.completedAt !== undefined) await announce(revocation);
    },

    requesters: async (ids) => {
      const items = await table.getMany([...new Set(ids)].map((id) => partKey(id, 0)));
      return new Map(items.map(decodeRevocation).map(({ id, requestedBy }) => [id, requestedBy]));
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
        items: items.map(decodeRevocation).sort((a, b) => (a.id < b.id ? 1 : -1)),
        // By the listing, which may still name what has been forgotten meanwhile.
        next: last === undefined ? undefined : String(keys.at(-1)?.lsk),
      };
    },

    progress: async (id, part, records, again) => {
      let known = records;
      let reopens: number | undefined;
      for (;;) {
        const ended = endings(known);
        if (ended === undefined) return;
        const { expression, values } = ended;
        const when = ':parked' in values ? asReopened(reopens) : undefined;
        const item = await update(id, part, expression, values, when);
        if (item !== undefined) return conclude(id, part, item);
        const current = await table.get(partKey(id, part));
        if (current === undefined) return;
        // In this order: whoever reopens writes the slice first, and then this.
        reopens = reopensOf(current);
        known = await again();
      }
    },

    reopen: async (id, part, indexes) => {
      const taken = { ':indexes': indexes, ':one': 1 };
      if (part === 0) {
        const expression = 'DELETE parked :indexes REMOVE completedAt ADD reopens :one';
        await update(id, 0, expression, taken);
        return;
      }
      await update(id, part, 'DELETE parked :indexes ADD reopens :one', taken);
      const expression = 'DELETE complete :part REMOVE completedAt ADD reopens :one';
      await update(id, 0, expression, { ':part': new Set([part]), ':one': 1 });
    },

    unopened: async (id, part, indexes) => {
      const revocation = part === 0 ? undefined : await table.get(partKey(id, 0));
      const item = await table.get(partKey(id, part));
      if (item === undefined) return new Set();
      // On the part it has been done then, to these or to others whose jobs are not complete either.
      const isHalf =
        revocation !== undefined &&
        decodeRevocation(revocation).parts?.complete.has(part) === true &&
        !haveEnded(decodePart(item));
      const parked = parkedIn(item);
      return isHalf ? indexes : new Set([...indexes].filter((index) => parked.has(index)));
    },

    abandon: (id, part, indexes) =>
      closeJobs(id, part, 'ADD abandoned :indexes DELETE parked :indexes', indexes),

    expire: (id, part, indexes) =>
      closeJobs(
        id,
        part,
        'ADD expired :indexes DELETE parked :indexes SET #schema = :schema',
        indexes,
      ),
  };
}

/** When DynamoDB may forget an item, in epoch seconds. */
export const expiry = (days: number, now = Date.now()): number =>
  Math.floor(now / 1000) + days * 86_400;
