import { mkdtemp, mkdtempDisposable, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataDirectory } from './data-directory.ts';

test('says where the stack listens, from when it does until it has stopped', async () => {
  const path = await mkdtemp(join(tmpdir(), 'rescind-data-'));
  const read = () => readFile(join(path, 'url'), 'utf8').catch(() => undefined);
  try {
    await writeFile(join(path, 'url'), 'http://127.0.0.1:1\n');
    const data = await openDataDirectory(path, undefined);
    expect(await read()).toBeUndefined();
    await data.publish('http://127.0.0.1:4180');
    expect(await read()).toBe('http://127.0.0.1:4180\n');
    data.release();
    expect(await read()).toBeUndefined();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
});

test.each(['api-key', 'sealing-keys.json', 'report-signing-key.json'])(
  'makes %s where a start that was killed has left it empty, and keeps it then',
  async (name) => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'rescind-data-'));
    const file = join(directory.path, name);
    await writeFile(file, '');
    const open = async () => {
      const data = await openDataDirectory(directory.path, undefined);
      data.release();
      return { apiKey: data.apiKey, text: await readFile(file, 'utf8') };
    };
    const first = await open();
    expect(first.text).not.toBe('');
    expect(first.apiKey).not.toBe('');
    expect(await open()).toEqual(first);
  },
);
