import { listing, taskListing } from '../store/keys.ts';
import type { Table } from '../store/table.ts';

/** Those of these keys with which a task token is sealed that has yet to be told of a completion. */
export async function taskKids(
  kids: readonly string[],
  table: Pick<Table, 'query'>,
): Promise<ReadonlySet<string>> {
  const needed = new Set<string>();
  for (const kid of kids) {
    const { items } = await table.query({
      IndexName: listing.index,
      KeyConditionExpression: 'lpk = :lpk',
      values: { ':lpk': taskListing(kid) },
      Limit: 1,
    });
    if (items.length > 0) needed.add(kid);
  }
  return needed;
}
