import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type * as z from 'zod';
import { listOf } from '../../functions/api/contract/answers.ts';
import { type Client, createClient, type Outcome, type Revocation } from '../../local/client.ts';
import { type LocalStack, type Service, startStack } from '../../local/stack.ts';
import { until } from './until.ts';

/** A `providers.json` entry as a person writes it. */
export type Entry = Readonly<{ id: string; kind: string; baseUrl?: string; options?: unknown }>;

export interface TestStackOptions {
  readonly providers: readonly Entry[];
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly tap?: (service: Service, url: string) => Promise<string>;
  readonly logLevel?: string;
  readonly sweepSeconds?: number;
  /** Goes on where another stack stopped; it goes with this one. */
  readonly directory?: string;
}

/** An embedded stack of a test's own, in a directory that goes with it. */
export interface TestStack extends AsyncDisposable {
  readonly stack: LocalStack;
  readonly client: Client;
  readonly directory: string;
  /** Everything the functions have printed. */
  readonly printed: () => string;
  /** Replaces the secrets file, as an operator would. */
  readonly setSecrets: (secrets: Readonly<Record<string, unknown>>) => Promise<void>;
  /** A call to the API with its key; `path` begins with /v1. */
  readonly api: (path: string, init?: RequestInit) => Promise<Response>;
  /** GETs a list and holds it to the contract. */
  readonly list: <Item>(
    path: string,
    item: z.ZodType<Item>,
  ) => Promise<{ items: Item[]; cursor?: string | undefined }>;
  /** Submits and waits until every job has an outcome. */
  readonly revoke: (
    jobs: Parameters<Client['submit']>[0]['jobs'],
  ) => Promise<{ revocation: Revocation; outcomes: Outcome[] }>;
  readonly completed: (id: string) => Promise<{ revocation: Revocation; outcomes: Outcome[] }>;
}

/** Retries that a test can wait for. */
export const quickRetry = { maxAttempts: 4, baseSeconds: 0.2, maxSeconds: 1 };

export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'rescind-test-')));
  const { providersFile, secretsFile } = await writeConfiguration(directory, options);
  let text = '';
  const stack = await startStack({
    port: 0,
    dataDirectory: join(directory, 'data'),
    providersFile,
    secretsFile,
    logLevel: options.logLevel ?? 'DEBUG',
    ...(options.tap !== undefined && { tap: options.tap }),
    ...(options.sweepSeconds !== undefined && { sweepSeconds: options.sweepSeconds }),
    output: new Writable({
      write: (chunk: Buffer, _encoding, written) => {
        text += chunk.toString();
        written();
      },
    }),
  });
  const client = createClient(stack.url, stack.apiKey);
  const api: TestStack['api'] = (path, init = {}) =>
    fetch(stack.url + path, {
      ...init,
      headers: {
        authorization: `Bearer ${stack.apiKey}`,
        'content-type': 'application/json',
        ...init.headers,
      },
    });
  const completed = async (id: string) => {
    const revocation = await until(`revocation ${id} to complete`, async () => {
      const now = await client.revocation(id);
      return now.status === 'completed' ? now : undefined;
    });
    return { revocation, outcomes: await Array.fromAsync(client.outcomes(id)) };
  };
  return {
    stack,
    client,
    directory,
    printed: () => text,
    setSecrets: (secrets) => writeFile(secretsFile, JSON.stringify(secrets)),
    api,
    list: async (path, item) => listOf(item).parse(await (await api(path)).json()),
    revoke: async (jobs) => completed((await client.submit({ jobs })).id),
    completed,
    [Symbol.asyncDispose]: async () => {
      await stack.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Writes `providers.json` and the secrets file into a directory. */
export async function writeConfiguration(
  directory: string,
  { providers, secrets }: Pick<TestStackOptions, 'providers' | 'secrets'>,
) {
  const providersFile = join(directory, 'providers.json');
  const secretsFile = join(directory, 'secrets.json');
  const entries = providers.map((entry) => ({ retry: quickRetry, ...entry }));
  await writeFile(providersFile, JSON.stringify({ providers: entries }));
  await writeFile(secretsFile, JSON.stringify(secrets));
  return { providersFile, secretsFile };
}
