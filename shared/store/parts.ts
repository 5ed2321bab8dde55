import { maximumPart, type Part } from '../domain/revocation.ts';
import { partKey, revocationPartition } from './keys.ts';
import { decodePart } from './part-item.ts';
import { expiry } from './revocations.ts';
import { notNewer, refuseNewer, schemas } from './schema.ts';
import type { Item, Table } from './table.ts';

/** The parts of revocations besides part 0, as intake and readers see them. */
export interface Parts {
  /** Writes a new part. @returns the one that is there already; undefined where there was none */
  readonly create: (
    revocation: string,
    part: Pick<Part, 'number' | 'digest' | 'total'>,
  ) => Promise<Part | undefined>;
  /**
   * Notes that every slice of it is on its queue.
   *
   * @throws Newer
   */
  readonly accept: (revocation: string, number: number, at: string) => Promise<void>;
  readonly get: (revocation: string, number: number) => Promise<Part | undefined>;
  /** All of a revocation's, by number: reads about 2 KiB for each full one. */
  readonly walk: (revocation: string) => AsyncGenerator<readonly Part[]>;
}

export function createParts(table: Table, retentionDays: number): Parts {
  const get: Parts['get'] = async (revocation, number) => {
    const item = await table.get(partKey(revocation, number));
    return item === undefined ? undefined : decodePart(item);
  };

  return {
    create: async (revocation, { number, digest, total }) => {
      const key = partKey(revocation, number);
      const item = {
        ...key,
        schema: schemas.part,
        digest,
        total,
        expiresAt: expiry(retentionDays),
      };
      for (;;) {
        if (await table.put(item, 'attribute_not_exists(pk)')) return undefined;
        const there = await get(revocation, number);
        if (there !== undefined) return there;
      }
    },

    accept: async (revocation, number, at) => {
      const key = partKey(revocation, number);
      const { condition, names, values } = notNewer('part');
      const accepted = await table.update(
        key,
        'SET acceptedAt = if_not_exists(acceptedAt, :at)',
        { names, values: { ':at': at, ...values } },
        `attribute_exists(pk) AND ${condition}`,
      );
      if (accepted !== undefined) return;
      const refused = await table.get(key);
      if (refused !== undefined) refuseNewer(refused, 'part');
      throw new Error(`part ${number} of ${revocation} vanished during its intake`);
    },

    get,

    walk: async function* (revocation) {
      let after: Item | undefined;
      do {
        const { items, last } = await table.query({
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          values: {
            ':pk': revocationPartition(revocation),
            ':first': partKey(revocation, 1).sk,
            ':last': partKey(revocation, maximumPart).sk,
          },
          ConsistentRead: true,
          after,
        });
        yield items.map(decodePart);
        after = last;
      } while (after !== undefined);
    },
  };
}
