import type { Table } from '../../shared/store/table.ts';
import { mapTable } from './ledger-world.ts';

/** The table as one of two sees it: what the other does comes in front of the nth request. */
export function interrupted(table: Table, nth: number, other: () => Promise<unknown>): Table {
  let requests = 0;
  return mapTable(table, async (request) => {
    requests += 1;
    if (requests === nth) await other();
    return request();
  });
}
