import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../scripts/bundle.ts';
import { buildCode } from './code.ts';

const providers = fileURLToPath(new URL('testing/providers.json', import.meta.url));

const webhooks = fileURLToPath(new URL('testing/webhooks.json', import.meta.url));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-code-'));
  await buildCode(directory, providers, webhooks);
});

afterAll(() => rm(directory, { recursive: true }));

describe('what Lambda gets', () => {
  it('is the bundle, without source maps, and the configuration where it is read', async () => {
    const files = functionNames.map((name) => readdir(join(directory, name)));
    expect(await Promise.all(files)).toEqual([
      ['index.mjs', 'openapi.json', 'providers.json'],
      ['index.mjs', 'providers.json', 'webhooks.json'],
      ['index.mjs', 'providers.json'],
      ['index.mjs'],
      ['index.mjs'],
      ['index.mjs', 'providers.json'],
      ['index.mjs'],
      ['index.mjs'],
    ]);
  });

  it('holds the very providers.json that the lanes were made of', async () => {
    const deployed = await readFile(join(directory, 'worker', 'providers.json'), 'utf8');
    expect(deployed).toBe(await readFile(providers, 'utf8'));
  });
});
