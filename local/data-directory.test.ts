import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
