import type { Announce } from '../../shared/completion/announce.ts';
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

/** @param announce told of revocations that are complete */
export const storesOn = (table: Table, announce?: Announce): AllStores => ({
  slices: createSlices(table, retentionDays),
  ledger: createLedger(table, retentionDays),
  revocations: createRevocations(table, retentionDays, announce),
  parts: createParts(table, retentionDays),
  completions: createCompletions(table, retentionDays),
});
