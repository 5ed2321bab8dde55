import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { epochSeconds } from '../domain/outcome.ts';
import { waitToRepeat } from '../retry-wait.ts';
import { grantPrefix, roomKey, subjectPartition } from '../store/keys.ts';
import { expiry } from '../store/revocations.ts';
import type { Item, Table } from '../store/table.ts';
import { fewAtOnce } from './few-at-once.ts';
import { ownerPart, shownId } from './grant-id.ts';
import { type Grants, pendingSeconds } from './grants.ts';

/** Grants that one owner may have with one person, shared ones included: as many pairs one revocation takes. */
export const maximumGrants = 250;

/** The same with the records of what has ended or gone, each until it is forgotten. */
export const maximumRecords = 500;

/** Whether one more grant finds room with a person, and why not. */
export type Room = 'room' | 'full of grants' | 'full of records';

/**
 * What each owner has put on each person. Without this, one could put so much on somebody that nobody
 * gets through it who is to revoke all that this person has; and what an owner may put must not depend on
 * what others have put there, or it would tell of them.
 */
export interface Rooms {
  /**
   * Has a grant take its place with a person, before anything of it is written there. One that has its
   * place keeps it. Places are not given back: once they are all taken, those of which nothing is left are
   * taken anew.
   */
  readonly take: (subject: string, grantId: string) => Promise<Room>;
}

const roomItem = z.object({
  /** As callers have them: the owner is in the key. */
  grantIds: z.array(z.string()),
  /** So many fit before they must be looked at again. */
  limit: z.number(),
  /** Epoch seconds of the last one. */
  at: z.number(),
  version: z.string(),
});
type Places = z.infer<typeof roomItem>;

/** Places that are looked at together. */
const atOnce = 50;
const pageSize = 1000;
/** Far more than what all owners together put on anybody. */
const maximumPages = 50;

/** @param retentionDays how long one is kept in which nothing is new; it is found out again after that */
export function createRooms(
  table: Pick<Table, 'get' | 'put' | 'query'>,
  grants: Pick<Grants, 'find'>,
  retentionDays: number,
): Rooms {
  const placesOf = async (subject: string, owner: string): Promise<Places | undefined> => {
    const item = await table.get(roomKey(subject, owner));
    return item === undefined ? undefined : roomItem.parse(item);
  };

  /** Of an owner who has no room yet, or none any more: what stands with the person. */
  const standing = async (subject: string, owner: string): Promise<string[]> => {
    const found: string[] = [];
    let after: Item | undefined;
    for (let page = 0; page < maximumPages; page += 1) {
      const { items, last } = await table.query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :grants)',
        ProjectionExpression: 'pk, sk',
        values: { ':pk': subjectPartition(subject), ':grants': grantPrefix },
        ConsistentRead: true,
        Limit: pageSize,
        after,
      });
      const ids = items.map(({ sk }) => String(sk).slice(grantPrefix.length));
      found.push(...ids.filter((id) => ownerPart(id) === owner).map(shownId));
      if (last === undefined || found.length >= maximumRecords) break;
      after = last;
    }
    return found;
  };

  /** What is left of these: those of which there is something, and how many live. */
  const lookAt = async (subject: string, owner: string, { grantIds, at }: Places) => {
    // Of what was begun just now nothing may be written yet.
    const isFresh = epochSeconds() - at < pendingSeconds;
    const looked = await fewAtOnce(grantIds, atOnce, async (shown) => {
      const slot = await grants.find(subject, idOf(shown, owner));
      switch (slot.kind) {
        case 'pending':
          return { shown, lives: true, isThere: true };
        case 'taken':
          return { shown, lives: slot.grant.members.includes(subject), isThere: true };
        case 'free': {
          const isAbsent = slot.version === undefined;
          return { shown, lives: isAbsent && isFresh, isThere: !isAbsent || isFresh };
        }
      }
    });
    const there = looked.filter(({ isThere }) => isThere);
    return {
      grantIds: there.map(({ shown }) => shown),
      live: there.filter(({ lives }) => lives).map(({ shown }) => shown),
    };
  };

  const write = (
    subject: string,
    owner: string,
    places: Pick<Places, 'grantIds' | 'limit'>,
    seen: Places | undefined,
  ): Promise<boolean> => {
    const item = {
      ...roomKey(subject, owner),
      ...places,
      at: epochSeconds(),
      version: randomUUID(),
      expiresAt: expiry(retentionDays),
    };
    return seen === undefined
      ? table.put(item, 'attribute_not_exists(pk)')
      : table.put(item, 'version = :seen', { values: { ':seen': seen.version } });
  };

  return {
    take: async (subject, grantId) => {
      const [owner, shown] = [ownerPart(grantId), shownId(grantId)];
      for (let attempt = 1; ; attempt += 1) {
        const seen = await placesOf(subject, owner);
        const known = seen ?? {
          grantIds: await standing(subject, owner),
          limit: maximumGrants,
          at: 0,
          version: '',
        };
        let { grantIds, limit } = known;
        const isKnown = grantIds.includes(shown);
        // Places with nothing that lives are among so many, perhaps this one.
        if (isKnown ? grantIds.length > maximumGrants : grantIds.length >= limit) {
          const left = await lookAt(subject, owner, known);
          if (left.live.filter((each) => each !== shown).length >= maximumGrants) {
            return 'full of grants';
          }
          if (!isKnown && left.grantIds.length >= maximumRecords) return 'full of records';
          grantIds = left.grantIds;
          limit = Math.min(maximumRecords, grantIds.length + maximumGrants - left.live.length);
        }
        if (seen !== undefined && grantIds.includes(shown)) return 'room';
        const next = { grantIds: [...new Set([...grantIds, shown])], limit };
        if (await write(subject, owner, next, seen)) return 'room';
        await waitToRepeat(Math.min(attempt, 2));
      }
    },
  };
}

const idOf = (shown: string, owner: string): string => (owner === '' ? shown : `${shown}#${owner}`);
