import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ProviderEntry,
  type SandboxKind,
  sandboxKinds,
  startSandbox,
} from '../../local/sandbox/index.ts';
import { quickRetry } from '../support/stack.ts';

/** A provider of the suite's own. */
interface Place {
  readonly kind: SandboxKind;
  /** Fields of its `providers.json` entry. */
  readonly entry?: object;
  /** Whether the deployment is given its credentials. */
  readonly secret?: false;
}

/**
 * The providers that the suite needs: one of each kind that always behaves, and others whose lane a
 * test may wreck without disturbing its neighbours.
 */
const places: Readonly<Record<string, Place>> = {
  ...Object.fromEntries(sandboxKinds.map((kind) => [kind, { kind }])),
  /** Misbehaves. */
  moody: { kind: 'rfc7009' },
  /** Throttles; its lane is paced. */
  strict: { kind: 'polar', entry: { rate: { requestsPerSecond: 50, burst: 10 } } },
  /** Is down for as long as a test wants, and patiently asked again. */
  down: { kind: 'polar', entry: { retry: { maxAttempts: 50, baseSeconds: 1, maxSeconds: 2 } } },
  /** Its jobs are parked, and sent again. */
  sick: { kind: 'polar' },
  /** Nobody has put its secret there. Its lane stands still for seconds, so that it can be seen. */
  forgotten: {
    kind: 'mollie',
    secret: false,
    entry: { retry: { maxAttempts: 2, baseSeconds: 6, maxSeconds: 6 } },
  },
};

/** Providers that run here, and the configuration that names them. */
export interface World extends AsyncDisposable {
  readonly providersFile: string;
  /** By provider. */
  readonly secrets: Readonly<Record<string, object>>;
  /** Control URLs, by provider. */
  readonly providers: Readonly<Record<string, string>>;
}

export interface WorldOptions {
  /**
   * Where the deployment reaches the provider that listens at `origin`, a longer way round. Without
   * it they are on one machine.
   */
  readonly reach?: ((id: string, origin: string) => string) | undefined;
}

/** @param directory where `providers.json` is written */
export async function startWorld(directory: string, { reach }: WorldOptions = {}): Promise<World> {
  const sandboxes = await Promise.all(
    Object.entries(places).map(async ([id, { kind, entry, secret }]) => ({
      id,
      entry,
      sandbox: await startSandbox(kind, { id }),
      known: secret ?? true,
    })),
  );
  const providersFile = join(directory, 'providers.json');
  const entries = sandboxes.map(({ id, sandbox: { provider, url }, entry }) => ({
    retry: quickRetry,
    ...(reach === undefined ? provider : { ...moved(provider, reach(id, url)), timeoutMs: 30_000 }),
    ...entry,
  }));
  await writeFile(providersFile, JSON.stringify({ providers: entries }, null, 2));
  return {
    providersFile,
    secrets: Object.fromEntries(
      sandboxes.filter(({ known }) => known).map(({ id, sandbox }) => [id, sandbox.secret]),
    ),
    providers: Object.fromEntries(sandboxes.map(({ id, sandbox }) => [id, sandbox.url])),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(sandboxes.map(({ sandbox }) => sandbox.close()));
    },
  };
}

/** The entry of a provider that is reached at another URL than it listens at. */
function moved({ baseUrl, options = {}, ...entry }: ProviderEntry, url: string): ProviderEntry {
  const endpoints = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'string' && value.startsWith(baseUrl)
      ? url + value.slice(baseUrl.length)
      : value,
  ]);
  return { ...entry, baseUrl: url, options: Object.fromEntries(endpoints) };
}
