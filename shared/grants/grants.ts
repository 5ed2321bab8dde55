import { randomUUID } from 'node:crypto';
import { epochSeconds } from '../domain/outcome.ts';
import { grantKey, grantPrefix, grantRange, subjectPartition } from '../store/keys.ts';
import { expiry } from '../store/revocations.ts';
import type { Item, Table } from '../store/table.ts';
import {
  type EndedGrant,
  type Grant,
  type GrantPlace,
  isEnded,
  isLive,
  type LiveGrant,
  type Unversioned,
} from './grant.ts';
import { decodeEntry, type Entry, encodeGrant, encodePointer } from './grant-item.ts';

/** What a grant's id stands for with one person. */
export type Slot =
  /** A grant that is held or being revoked. The person may be a member, have left it, or neither. */
  | { readonly kind: 'taken'; readonly grant: LiveGrant }
  /** Nothing that lives; `version` of what may be written over, and the record of what ended there. */
  | { readonly kind: 'free'; readonly version: string | undefined; readonly ended?: EndedGrant }
  /** Somebody is just sharing a grant of that id with the person, or died doing so. */
  | { readonly kind: 'pending' };

/** The grants as the table has them. Every write is conditional on what was read. */
export interface Grants {
  /** @throws Newer */
  readonly find: (subject: string, grantId: string) => Promise<Slot>;
  /**
   * What callers call by one id, by the ids that it is stored under.
   *
   * @throws Newer
   */
  readonly named: (subject: string, shownId: string) => Promise<ReadonlyMap<string, Slot>>;
  /**
   * Everything that a person has or had part in, records of what has ended included.
   *
   * @throws Newer
   */
  readonly all: (subject: string) => Promise<Grant[]>;
  /**
   * As many of these as can be worked on together, by id, from the one behind `after` on. `next` continues
   * them: a person of whom others have registered much may have more than one call could read.
   *
   * @throws Newer
   */
  readonly window: (subject: string, after?: string) => Promise<GrantWindow>;
  /** A page of these by id, from the one behind `after` on. `next` continues it. */
  readonly page: (
    subject: string,
    limit: number,
    after?: string,
  ) => Promise<{ grants: Grant[]; next: string | undefined }>;
  /**
   * Writes a grant over the version that was read.
   *
   * @returns what now stands there; undefined when something else does
   */
  readonly save: (
    grant: Unversioned,
    seen: string | undefined,
  ) => Promise<{ version: string } | undefined>;
  /**
   * Has a member's partition point to a grant's home.
   *
   * @returns false when the member has another live grant of that id
   */
  readonly point: (member: string, grantId: string, home: string) => Promise<boolean>;
  /**
   * Has these members' pointers to a grant be forgotten in time, since it is theirs no more. One that was
   * just written stays: somebody may be about to share the grant with its owner again.
   */
  readonly release: (place: GrantPlace, members: readonly string[]) => Promise<void>;
}

export interface GrantWindow {
  readonly grants: readonly Grant[];
  readonly next: string | undefined;
}

/** Longer than any call lasts: a pointer that its grant does not confirm by then never will be. */
export const pendingSeconds = 60;

const isFresh = ({ at }: { readonly at: number }): boolean => epochSeconds() - at < pendingSeconds;

const pageSize = 100;

/** What a window holds: entries, pointers to nothing included, and sealed text of as many characters. */
const windowEntries = 2500;
const windowSealed = 16 * 1024 * 1024;

/** @param retentionDays how long the record of a grant is kept that holds no token any more */
export function createGrants(table: Table, retentionDays: number): Grants {
  const entryAt = async (subject: string, grantId: string): Promise<Entry | undefined> => {
    const item = await table.get(grantKey(subject, grantId));
    return item === undefined ? undefined : decodeEntry(item);
  };

  /** The grant that an entry of this person stands for; undefined for a pointer to nothing. */
  const grantOf = async (subject: string, entry: Entry): Promise<Grant | undefined> => {
    if (entry.kind === 'grant') return entry.grant;
    const there = await entryAt(entry.home, entry.grantId);
    if (there?.kind !== 'grant') return undefined;
    const { members, left } = there.grant;
    return members.includes(subject) || left.includes(subject) ? there.grant : undefined;
  };

  const slotOf = async (subject: string, entry: Entry | undefined): Promise<Slot> => {
    if (entry === undefined) return { kind: 'free', version: undefined };
    const grant = await grantOf(subject, entry);
    if (grant !== undefined && isLive(grant)) return { kind: 'taken', grant };
    if (entry.kind === 'grant') {
      const { version } = entry.grant;
      return isEnded(entry.grant)
        ? { kind: 'free', version, ended: entry.grant }
        : { kind: 'free', version };
    }
    return grant === undefined && isFresh(entry)
      ? { kind: 'pending' }
      : { kind: 'free', version: entry.version };
  };

  const put = (item: Item, seen: string | undefined): Promise<boolean> =>
    seen === undefined
      ? table.put(item, 'attribute_not_exists(pk)')
      : table.put(item, 'version = :seen', { values: { ':seen': seen } });

  const page = async (subject: string, limit: number, after?: string) => {
    const { items, last } = await table.query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :grants)',
      values: { ':pk': subjectPartition(subject), ':grants': grantPrefix },
      ConsistentRead: true,
      Limit: limit,
      after: after === undefined ? undefined : { ...grantKey(subject, after) },
    });
    const entries = items.map(decodeEntry);
    const found = await Promise.all(entries.map((entry) => grantOf(subject, entry)));
    return {
      entries: entries.length,
      grants: found.filter((grant) => grant !== undefined),
      next: last === undefined ? undefined : entries.at(-1)?.grantId,
    };
  };

  const window: Grants['window'] = async (subject, after) => {
    const grants: Grant[] = [];
    let [next, entries, sealed] = [after, 0, 0];
    do {
      const read = await page(subject, pageSize, next);
      grants.push(...read.grants);
      entries += read.entries;
      sealed += read.grants.reduce((sum, grant) => sum + sealedLength(grant), 0);
      next = read.next;
    } while (next !== undefined && entries < windowEntries && sealed < windowSealed);
    return { grants, next };
  };

  return {
    find: async (subject, grantId) => slotOf(subject, await entryAt(subject, grantId)),

    named: async (subject, shownId) => {
      const [first, last] = grantRange(shownId);
      const slots = new Map<string, Slot>();
      let after: Item | undefined;
      do {
        const page = await table.query({
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          values: { ':pk': subjectPartition(subject), ':first': first, ':last': last },
          ConsistentRead: true,
          after,
        });
        for (const entry of page.items.map(decodeEntry)) {
          slots.set(entry.grantId, await slotOf(subject, entry));
        }
        after = page.last;
      } while (after !== undefined);
      return slots;
    },

    page,

    window,

    all: async (subject) => {
      const grants: Grant[] = [];
      let after: string | undefined;
      do {
        const { grants: found, next } = await window(subject, after);
        grants.push(...found);
        after = next;
      } while (after !== undefined);
      return grants;
    },

    save: async (grant, seen) => {
      const version = randomUUID();
      const written = await put(encodeGrant(grant, version, retentionDays), seen);
      return written ? { version } : undefined;
    },

    point: async (member, grantId, home) => {
      for (;;) {
        const entry = await entryAt(member, grantId);
        const slot = await slotOf(member, entry);
        const same = entry?.kind === 'pointer' && entry.home === home;
        if (slot.kind !== 'free' && !same) return false;
        const seen = entry?.kind === 'grant' ? entry.grant.version : entry?.version;
        const pointer = encodePointer(member, grantId, home, randomUUID(), epochSeconds());
        if (await put(pointer, seen)) return true;
      }
    },

    release: async ({ home, grantId }, members) => {
      await Promise.all(
        members.map(async (member) => {
          const entry = await entryAt(member, grantId);
          if (entry?.kind !== 'pointer' || entry.home !== home || isFresh(entry)) return;
          const pointer = encodePointer(member, grantId, home, randomUUID(), entry.at);
          await put({ ...pointer, expiresAt: expiry(retentionDays) }, entry.version);
        }),
      );
    },
  };
}

const sealedLength = (grant: Grant): number => ('sealed' in grant ? grant.sealed.length : 0);
