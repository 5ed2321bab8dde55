import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestProject } from 'vitest/node';
import { startStack, tableName } from '../../local/stack.ts';
import { startWorld } from './world.ts';

/** Vitest's global setup: has the suite run against the embedded stack. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-blackbox-'));
  const world = await startWorld(directory);
  const secretsFile = join(directory, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify(world.secrets));
  const stack = await startStack({
    port: 0,
    dataDirectory: join(directory, 'data'),
    providersFile: world.providersFile,
    secretsFile,
    // The suite looks at the outside only.
    output: new Writable({ write: (_chunk, _encoding, written) => written() }),
  });
  provide('target', {
    url: stack.url,
    apiKey: stack.apiKey,
    region: 'us-east-1',
    tableName,
    queueUrlPrefix: stack.queueUrl(''),
    deadLetterQueueUrl: stack.deadLetterQueueUrl,
    secretsPrefix: 'rescind',
    secretsFile,
    providers: world.providers,
    aws: stack.env,
  });
  return async () => {
    await stack.close();
    await world[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
}
