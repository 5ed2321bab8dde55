import { listing } from '../store/keys.ts';
import type { Key, Table } from '../store/table.ts';
import type { Grant } from './grant.ts';
import { decodeEntry } from './grant-item.ts';

/**
 * Grants that are being revoked, whosever they are, a page at a time. By a listing that lags behind a
 * little: one may have ended meanwhile.
 *
 * @throws Newer
 */
export async function* walkRevoking(
  table: Pick<Table, 'query' | 'getMany'>,
): AsyncGenerator<readonly Grant[]> {
  let after: Awaited<ReturnType<Table['query']>>['last'];
  do {
    const { items, last } = await table.query({
      IndexName: listing.index,
      KeyConditionExpression: 'lpk = :lpk',
      values: { ':lpk': listing.revoking },
      Limit: 100,
      after,
    });
    const keys = items.map(({ pk, sk }): Key => ({ pk: String(pk), sk: String(sk) }));
    const entries = (await table.getMany(keys)).map(decodeEntry);
    yield entries.flatMap((entry) => (entry.kind === 'grant' ? entry.grant : []));
    after = last;
  } while (after !== undefined);
}
