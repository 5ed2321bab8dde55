import { createLedger } from '../../shared/store/ledger.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import type { Table } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** Days that tests keep what they write. */
export const retentionDays = 30;

export const storesOn = (table: Table): Stores => ({
  slices: createSlices(table, retentionDays),
  ledger: createLedger(table, retentionDays),
  revocations: createRevocations(table, retentionDays),
});
