import type { ApiDependencies } from '../../functions/api/dependencies.ts';
import { createRegistry } from '../../shared/grants/registry.ts';
import { createIdempotency } from '../../shared/store/idempotency.ts';
import type { Table } from '../../shared/store/table.ts';
import { sealingKeys } from './slices.ts';
import { type AllStores, retentionDays } from './stores.ts';

/** What the API works with on a table, for tests that call its parts without HTTP. */
export const apiDependenciesOn = <Stores extends AllStores>(
  table: Table,
  stores: Stores,
  { catalog, lanes, log }: Pick<ApiDependencies, 'catalog' | 'lanes' | 'log'>,
) => ({
  access: {
    jwtScopes: { submit: [], read: [], operate: [] },
    ownership: false,
    operators: new Set<string>(),
  },
  catalog,
  secrets: { sealingKeys: async () => sealingKeys },
  ...stores,
  idempotency: createIdempotency(table),
  registry: createRegistry(table, retentionDays),
  lanes,
  paceOf: () => ({ read: async () => ({}) }),
  log,
});
