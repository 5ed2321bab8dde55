import * as z from 'zod';
import type { Need } from '../sealing/rotation.ts';
import { listing } from './keys.ts';
import type { Item, Table } from './table.ts';

/** A job has none that was parked before there was a `kid`. */
const listedKids = z.object({ entries: z.record(z.string(), z.object({ kid: z.string() })) });

/**
 * Which keys the ledger's envelopes are sealed with. Reads all of its listing, so it is for where
 * something depends on the answer.
 */
export async function ledgerKids(table: Pick<Table, 'query'>): Promise<Need> {
  const kids = new Set<string>();
  let untold = false;
  let after: Item | undefined;
  do {
    const { items, last } = await table.query({
      IndexName: listing.index,
      KeyConditionExpression: 'lpk = :lpk',
      values: { ':lpk': listing.ledger },
      after,
    });
    for (const item of items) {
      const entries = listedKids.safeParse(item).data?.entries;
      if (entries === undefined) untold = true;
      else for (const { kid } of Object.values(entries)) kids.add(kid);
    }
    after = last;
  } while (after !== undefined);
  return { kids, untold };
}
