import { openSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { json } from '../../shared/http/problem.ts';
import { catalogOf } from '../support/catalog.ts';
import { makeFolder, polarCsv } from './files.ts';
import { createPartsApi } from './parts-api.ts';
import { at, type RunOptions, runFor } from './rescind.ts';
import { startServer } from './server.ts';

const catalog = await catalogOf({ id: 'polar' });
const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

let api = createPartsApi(catalog);
const server = await startServer((event) =>
  event.rawPath === '/v1/providers' ? Promise.resolve(json(200, { items: [] })) : api.answer(event),
);
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  api = createPartsApi(catalog);
});

const run = (args: readonly string[], options: RunOptions = {}) =>
  runFor(options)(args, { env: at(server), ...options });

/** A file system that is full. */
const full = () => openSync('/dev/full', 'w');

describe('a disk that is full', () => {
  test('is a failure, not an end that nobody waits for', async () => {
    const { code, stderr } = await run(['completion', 'bash'], { stdout: full() });
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('ENOSPC');
  });

  test('under --report stops the run before anything is sent', async () => {
    const file = await folder.write('full.csv', `${polarCsv(3)}polar,x y ,,\n`);
    const { code, stderr } = await run([
      'bulk',
      file,
      '--on-invalid',
      'skip',
      '--report',
      '/dev/full',
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('ENOSPC');
    expect(stderr).not.toContain('bug');
    expect(api.revocations.size).toBe(0);
  });
});

describe('remarks that nobody reads', () => {
  test('do not keep a file from being sent', async () => {
    const file = await folder.write('unread.csv', `${polarCsv(3)}polar,,,\n`);
    const { code, stdout } = await run(['bulk', file, '--on-invalid', 'skip'], {
      during: (child) => child.stderr?.destroy(),
    });
    expect(code).toBe(3);
    expect(stdout.trim()).toBe([...api.revocations.keys()][0]);
  });
});
