import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { withApiKey } from '../../local/client.ts';
import type { CompletionOptions } from '../../local/completion.ts';
import { type LocalStack, type Service, type StackOptions, startStack } from '../../local/stack.ts';
import { bundlesOfRun } from './bundles.ts';
import { type Caller, callerOver } from './caller.ts';

/** A `providers.json` entry as a person writes it. */
export type Entry = Readonly<{ id: string; kind: string; baseUrl?: string; options?: unknown }>;

export interface TestStackOptions {
  readonly providers: readonly Entry[];
  readonly secrets: Readonly<Record<string, unknown>>;
  /** Entries of `webhooks.json`. */
  readonly sources?: readonly object[];
  readonly tap?: (service: Service, url: string) => Promise<string>;
  readonly logLevel?: string;
  readonly sweepSeconds?: number;
  /** Further API keys, as a file has them. */
  readonly apiKeys?: object;
  readonly ownership?: boolean;
  readonly completion?: CompletionOptions;
  /** Runs the functions in processes that can be killed. */
  readonly processes?: StackOptions['processes'];
  /** Goes on where another stack stopped; it goes with this one. */
  readonly directory?: string;
}

/** An embedded stack of a test's own, in a directory that goes with it. */
export interface TestStack extends Caller, AsyncDisposable {
  readonly stack: LocalStack;
  readonly directory: string;
  /** Everything the functions have printed. */
  readonly printed: () => string;
  /** Replaces the secrets file, as an operator would. */
  readonly setSecrets: (secrets: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Retries that a test can wait for. */
export const quickRetry = { maxAttempts: 4, baseSeconds: 0.2, maxSeconds: 1 };

export async function startTestStack(options: TestStackOptions): Promise<TestStack> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'rescind-test-')));
  const { providersFile, secretsFile } = await writeConfiguration(directory, options);
  const apiKeysFile = join(directory, 'api-keys.json');
  if (options.apiKeys !== undefined) {
    await writeFile(apiKeysFile, JSON.stringify(options.apiKeys));
  }
  let text = '';
  const stack = await startStack({
    port: 0,
    dataDirectory: join(directory, 'data'),
    providersFile,
    secretsFile,
    ...(options.sources !== undefined && {
      webhooksFile: await writeSources(directory, options.sources),
    }),
    logLevel: options.logLevel ?? 'DEBUG',
    ...(options.apiKeys !== undefined && { apiKeysFile }),
    ...(options.ownership !== undefined && { ownership: options.ownership }),
    completion: options.completion,
    bundles: await bundlesOfRun(),
    ...(options.processes !== undefined && { processes: options.processes }),
    ...(options.tap !== undefined && { tap: options.tap }),
    ...(options.sweepSeconds !== undefined && { sweepSeconds: options.sweepSeconds }),
    output: new Writable({
      write: (chunk: Buffer, _encoding, written) => {
        text += chunk.toString();
        written();
      },
    }),
  });
  const send = withApiKey(stack.url, stack.apiKey);
  const caller = callerOver((path, init = {}) =>
    send(path, { ...init, headers: { 'content-type': 'application/json', ...init.headers } }),
  );
  return {
    ...caller,
    stack,
    directory,
    printed: () => text,
    setSecrets: (secrets) => writeFile(secretsFile, JSON.stringify(secrets)),
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

async function writeSources(directory: string, sources: readonly object[]): Promise<string> {
  const file = join(directory, 'webhooks.json');
  await writeFile(file, JSON.stringify({ sources }));
  return file;
}
