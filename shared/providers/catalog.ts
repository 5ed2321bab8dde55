import { readFile } from 'node:fs/promises';
import type { Adapter, ConfiguredAdapter } from './adapter.ts';
import { type ProviderEntry, providersFile } from './configuration.ts';
import { ConfigurationFault, describeIssues } from './faults.ts';

/** One configured provider with the adapter that speaks to it. */
export interface Provider {
  readonly entry: ProviderEntry;
  readonly adapter: ConfiguredAdapter;
}

/** All configured providers, by id, in the order of `providers.json`. */
export type Catalog = ReadonlyMap<string, Provider>;

const isAdapter = (value: unknown): value is Adapter =>
  typeof value === 'object' && value !== null && 'kind' in value && 'configure' in value;

/** Whether the adapter itself is not there, in the words of Node, esbuild and Vite. */
const isMissing = (error: unknown, kind: string): boolean =>
  error instanceof Error &&
  new RegExp(
    `(not found in bundle|Cannot find module|Unknown variable dynamic import).*/${kind}/adapter`,
  ).test(error.message);

/**
 * Loads the adapter of one kind from its folder. The import is a pattern that esbuild and Vite
 * both understand, so a new folder is found without being listed anywhere.
 *
 * @throws ConfigurationFault when there is no such kind; what its module threw when it is broken
 */
export async function loadAdapter(kind: string): Promise<Adapter> {
  const module: unknown = /^[a-z0-9-]+$/.test(kind)
    ? await import(`./${kind}/adapter.ts`).catch((cause: unknown) => {
        if (isMissing(cause, kind)) return undefined;
        throw cause;
      })
    : undefined;
  if (module === undefined) {
    throw new ConfigurationFault(`there is no kind of provider named ${JSON.stringify(kind)}`);
  }
  const adapter =
    typeof module === 'object' && module !== null && 'adapter' in module
      ? module.adapter
      : undefined;
  if (!isAdapter(adapter)) {
    throw new ConfigurationFault(`shared/providers/${kind}/adapter.ts exports no adapter`);
  }
  return adapter;
}

/**
 * Reads and checks `providers.json`.
 *
 * @param only load the adapter of this provider alone; the whole file is checked all the same
 * @throws ConfigurationFault naming every field that is wrong
 */
export async function loadCatalog(file: string, only?: string): Promise<Catalog> {
  const entries = parseProviders(await readFile(file, 'utf8'), file).filter(
    ({ id }) => only === undefined || id === only,
  );
  const providers = entries.map(async (entry): Promise<[string, Provider]> => {
    const adapter = await loadAdapter(entry.kind);
    return [entry.id, { entry, adapter: adapter.configure(entry) }];
  });
  return new Map(await Promise.all(providers));
}

/** @throws ConfigurationFault */
export function parseProviders(text: string, file: string): ProviderEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ConfigurationFault(`${file} is not JSON`);
  }
  const parsed = providersFile.safeParse(json);
  if (!parsed.success) throw new ConfigurationFault(`${file}: ${describeIssues(parsed.error, '')}`);
  return parsed.data.providers;
}
