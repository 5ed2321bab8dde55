import type { Table } from '../store/table.ts';
import { createGrants, type Grants } from './grants.ts';
import { createPlans, type Plans } from './plans.ts';

/** All that is kept of persons and their grants. */
export interface Registry {
  readonly grants: Grants;
  readonly plans: Plans;
}

/** @param retentionDays how long records are kept that hold no token any more */
export const createRegistry = (table: Table, retentionDays: number): Registry => ({
  grants: createGrants(table, retentionDays),
  plans: createPlans(table, retentionDays),
});
