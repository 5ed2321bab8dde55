import type { Table } from '../store/table.ts';
import { createGrants, type Grants } from './grants.ts';
import { createPlans, type Plans } from './plans.ts';
import { createRooms, type Rooms } from './rooms.ts';

/** All that is kept of persons and their grants. */
export interface Registry {
  readonly grants: Grants;
  readonly plans: Plans;
  readonly rooms: Rooms;
}

/** @param retentionDays how long records are kept that hold no token any more */
export function createRegistry(table: Table, retentionDays: number): Registry {
  const grants = createGrants(table, retentionDays);
  return {
    grants,
    plans: createPlans(table, retentionDays),
    rooms: createRooms(table, grants, retentionDays),
  };
}
