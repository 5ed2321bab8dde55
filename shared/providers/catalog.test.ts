import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadAdapter, loadCatalog, parseProviders } from './catalog.ts';
import { ConfigurationFault } from './faults.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rescind-catalog-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let files = 0;
async function fileOf(...providers: object[]): Promise<string> {
  files += 1;
  const file = join(directory, `providers-${files}.json`);
  await writeFile(file, JSON.stringify({ providers }));
  return file;
}

describe('loadAdapter', () => {
  test.each(['nylas', 'polar', 'genauth', 'mollie', 'rfc7009'])('%s', async (kind) => {
    expect((await loadAdapter(kind)).kind).toBe(kind);
  });

  test.each(['', 'oauth', 'Polar', '../polar', 'polar/adapter.ts#', 'a b'])(
    '%j is no kind',
    async (kind) => {
      await expect(loadAdapter(kind)).rejects.toThrow(ConfigurationFault);
      await expect(loadAdapter(kind)).rejects.toThrow(
        `there is no kind of provider named ${JSON.stringify(kind)}`,
      );
    },
  );
});

describe('loadCatalog', () => {
  test('readies every provider, in the order of the file', async () => {
    const file = await fileOf(
      { id: 'b', kind: 'polar', baseUrl: 'https://sandbox-api.polar.sh/' },
      { id: 'a', kind: 'nylas' },
    );
    const catalog = await loadCatalog(file);
    expect([...catalog.keys()]).toEqual(['b', 'a']);
    expect(catalog.get('b')?.adapter.baseUrl).toBe('https://sandbox-api.polar.sh');
    expect(catalog.get('a')?.entry.kind).toBe('nylas');
  });

  test('readies one alone, yet checks the whole file', async () => {
    const file = await fileOf({ id: 'a', kind: 'nylas' }, { id: 'b', kind: 'polar' });
    expect([...(await loadCatalog(file, 'b')).keys()]).toEqual(['b']);
    expect((await loadCatalog(file, 'c')).size).toBe(0);

    const wrong = await fileOf({ id: 'a', kind: 'nylas' }, { id: 'A', kind: 'polar' });
    await expect(loadCatalog(wrong, 'a')).rejects.toThrow('providers.1.id');
  });

  test.each([
    ['a kind that needs a base URL', { id: 'g', kind: 'genauth' }, /provider g: .*baseUrl/],
    [
      'options it does not have',
      { id: 'p', kind: 'polar', options: { x: 1 } },
      /provider p: options/,
    ],
    ['an unknown kind', { id: 'p', kind: 'nobody' }, /"nobody"/],
  ])('says what is wrong with %s', async (_, entry, message) => {
    const file = await fileOf(entry);
    await expect(loadCatalog(file)).rejects.toThrow(message);
    await expect(loadCatalog(file)).rejects.toThrow(ConfigurationFault);
  });
});

describe('parseProviders', () => {
  test('names the file and every field that is wrong', () => {
    const text = JSON.stringify({ providers: [{ id: 'A', kind: '' }] });
    expect(() => parseProviders(text, 'my.json')).toThrow(ConfigurationFault);
    expect(() => parseProviders(text, 'my.json')).toThrow(
      /^my\.json: providers\.0\.id: .*; providers\.0\.kind: /,
    );
  });

  test('names a file that is not JSON', () => {
    expect(() => parseProviders('{', 'my.json')).toThrow('my.json is not JSON');
  });
});
