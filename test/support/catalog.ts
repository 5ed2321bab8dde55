import { type Catalog, loadAdapter } from '../../shared/providers/catalog.ts';
import { providerEntry } from '../../shared/providers/configuration.ts';

/** A catalog of `providers.json` entries. */
export async function catalogOf(
  ...entries: readonly (Readonly<Record<string, unknown>> & { id: string })[]
): Promise<Catalog> {
  const providers = entries.map(async (given) => {
    const entry = providerEntry.parse({ kind: given.id, ...given });
    const adapter = (await loadAdapter(entry.kind)).configure(entry);
    return [entry.id, { entry, adapter }] as const;
  });
  return new Map(await Promise.all(providers));
}
