import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { workerDependencies } from './dependencies.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-worker-'));
  const file = join(directory, 'providers.json');
  const providers = [
    { id: 'polar', kind: 'polar', timeoutMs: 2000 },
    { id: 'nylas', kind: 'nylas' },
  ];
  await writeFile(file, JSON.stringify({ providers }));
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('RESCIND_TABLE', 'rescind');
  vi.stubEnv('RESCIND_PROVIDERS_FILE', file);
  vi.stubEnv('RESCIND_QUEUE_URL_PREFIX', 'https://sqs.us-east-1.amazonaws.com/1/rescind-lane-');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

test('a worker is wired for its own lane', async () => {
  vi.stubEnv('RESCIND_LANE', 'polar');
  const { provider } = await workerDependencies();
  expect(provider.entry).toMatchObject({ id: 'polar', timeoutMs: 2000 });
});

test('a lane that providers.json does not have fails the start, by name', async () => {
  vi.stubEnv('RESCIND_LANE', 'mollie');
  await expect(workerDependencies()).rejects.toThrow('no provider mollie');
});

test('a start without its environment names what is missing', async () => {
  vi.stubEnv('RESCIND_TABLE', undefined);
  await expect(workerDependencies()).rejects.toThrow(/RESCIND_TABLE.*RESCIND_LANE/);
});
