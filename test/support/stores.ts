import { type Completions, createCompletions } from '../../shared/store/completions.ts';
import { createLedger } from '../../shared/store/ledger.ts';
import { createParts, type Parts } from '../../shared/store/parts.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import { createSlices } from '../../shared/store/slices.ts';
import type { Table } from '../../shared/store/table.ts';
import type { Stores } from '../../shared/store/write-down.ts';

/** Days that tests keep what they write. */
export const retentionDays = 30;

/** Everything that is kept about revocations. */
export interface AllStores extends Stores {
  readonly parts: Parts;
  readonly completions: Completions;
}

export const storesOn = (table: Table): AllStores => ({
  slices: createSlices(table, retentionDays),
  ledger: createLedger(table, retentionDays),
  revocations: createRevocations(table, retentionDays),
  parts: createParts(table, retentionDays),
  completions: createCompletions(table, retentionDays),
});
