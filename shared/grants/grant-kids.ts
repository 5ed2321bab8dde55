import { grantListing, listing, revokingListingKey } from '../store/keys.ts';
import type { Table } from '../store/table.ts';

/**
 * Those of these keys with which a grant is sealed that may yet have to be opened. A grant is kept for
 * years; one that is refreshed is sealed with a newer key then.
 */
export async function grantKids(
  kids: readonly string[],
  table: Pick<Table, 'query'>,
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const kid of kids) {
    const held = await table.query({
      IndexName: listing.index,
      KeyConditionExpression: 'lpk = :lpk',
      values: { ':lpk': grantListing(kid) },
      Limit: 1,
    });
    const revoking = await table.query({
      IndexName: listing.index,
      KeyConditionExpression: 'lpk = :lpk AND begins_with(lsk, :kid)',
      values: { ':lpk': listing.revoking, ':kid': revokingListingKey(kid, '', '').slice(0, -1) },
      Limit: 1,
    });
    if (held.items.length + revoking.items.length > 0) needed.add(kid);
  }
  return needed;
}
