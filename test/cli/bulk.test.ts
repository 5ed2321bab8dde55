import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { catalogOf } from '../support/catalog.ts';
import { makeFolder, polarCsv, tokenAt } from './files.ts';
import { createPartsApi } from './parts-api.ts';
import { at, rescind } from './rescind.ts';
import { startServer } from './server.ts';

const catalog = await catalogOf({ id: 'polar' }, { id: 'mollie' }, { id: 'nylas' });
const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

let api = createPartsApi(catalog);
const server = await startServer((event) => api.answer(event));
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  api = createPartsApi(catalog);
  server.requests.length = 0;
});

const run = (...args: readonly string[]) => rescind(['bulk', ...args], { env: at(server) });

/** What has been asked for. */
const revocations = () => [...api.revocations.values()];

test('a file of one part is one ordinary request', async () => {
  const file = await folder.write('small.csv', polarCsv(500));
  const { code, stdout, stderr } = await run(file, '--label', 'offboarding');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [revocation] = revocations();
  expect(stdout).toBe(`${revocation?.id}\n`);
  expect(revocation).toMatchObject({ label: 'offboarding', isOpen: false });
  expect(api.tokens.size).toBe(500);
  expect(server.requests.filter((request) => !request.startsWith('POST'))).toEqual([]);
});

test('a larger one is sent in parts and closed, each token once', async () => {
  const file = await folder.write('large.csv', polarCsv(1234));
  const { code, stdout } = await run(file, '--json');
  expect(code).toBe(0);
  const [revocation] = revocations();
  expect(JSON.parse(stdout)).toEqual({ id: revocation?.id, rows: 1234 });
  expect([...(revocation?.parts.values() ?? [])].map(({ jobs }) => jobs).toSorted()).toEqual([
    0, 234, 500, 500,
  ]);
  expect(revocation?.isOpen).toBe(false);
  expect(api.tokens.size).toBe(1234);
  expect(new Set(api.tokens.values())).toEqual(new Set([1]));
});

test('the same command again sends nothing, and tells the same id', async () => {
  const file = await folder.write('again.csv', polarCsv(700));
  const first = await run(file);
  const { code, stdout, stderr } = await run(file);
  expect({ code, stdout }).toEqual({ code: 0, stdout: first.stdout });
  expect(stderr).toContain('--start-over');
  expect(api.revocations.size).toBe(1);
  await run(file, '--start-over');
  expect(api.revocations.size).toBe(2);
});

test('pairs count twice, so that no part holds more jobs than the API takes', async () => {
  const rows = Array.from({ length: 600 }, (_, n) => `mollie,access_${n},refresh_${n}\n`);
  const file = await folder.write('pairs.csv', `provider,token,refresh token\n${rows.join('')}`);
  expect(await run(file)).toMatchObject({ code: 0 });
  const parts = [...(revocations()[0]?.parts.values() ?? [])].map(({ jobs }) => jobs);
  expect(parts.toSorted()).toEqual([0, 100, 250, 250]);
});

describe('lines that cannot be sent', () => {
  const content = [
    'provider,token,tokenType,ref',
    'polar,polar_at_u_1canary,access_token,a',
    'polar, polar_at_u_2canary,access_token,b',
    'pola,polar_at_u_3canary,access_token,c',
    'nylas,nylas-token-canary,refresh_token,d',
    '',
    'polar,polar_at_u_4canary,access_token,polar_at_u_4canary',
    'polar_at_u_5canary,polar,,e',
    'polar,polar_at_u_6canary',
    'polar,polar_at_u_1canary,access_token,f',
  ].join('\r\n');

  test('stop everything, each kind told with its lines and no token', async () => {
    const file = await folder.write('flawed.csv', content);
    const { code, stdout, stderr } = await run(file);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(api.revocations.size).toBe(0);
    for (const line of [
      'token must be printable ASCII without spaces or line breaks around it (line 3)',
      'provider must be one of the configured providers: polar, mollie, nylas (lines 4, 8)',
      'ref must not contain a token (line 7)',
      'has 2 cells where the header has 4 (line 9)',
      '1 line repeats a token of a line before (line 10)',
    ]) {
      expect(stderr).toContain(line);
    }
    expect(stderr).toMatch(/nylas: .*\(line 5\)/);
    expect(stderr).not.toContain('canary');
  });

  test('are left out when that is asked for', async () => {
    const file = await folder.write('skipped.csv', content);
    const { code } = await run(file, '--on-invalid', 'skip');
    expect(code).toBe(3);
    expect([...api.tokens]).toEqual([['polar_at_u_1canary', 2]]);
  });

  test('are all listed by --report', async () => {
    const file = await folder.write('reported.csv', content);
    const report = `${file}.report.csv`;
    await run(file, '--report', report);
    const lines = (await readFile(report, 'utf8')).trimEnd().split('\r\n');
    expect(lines[0]).toBe('line,field,problem');
    expect(
      lines
        .slice(1)
        .map((line) => line.split(',')[0])
        .toSorted(),
    ).toEqual(['3', '4', '5', '7', '8', '9'].toSorted());
    expect(lines.join()).not.toContain('canary');
  });

  test('among a million are told in a few lines', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `polar,${tokenAt(n)} \n`);
    const file = await folder.write('all-bad.csv', `provider,token\n${rows.join('')}`);
    const { code, stderr } = await run(file);
    expect(code).toBe(3);
    expect(stderr).toContain('(lines 2, 3, 4, 5, 6 and 2,995 more)');
    expect(stderr.length).toBeLessThan(1000);
  });
});

describe('what cannot be read twice is refused, and how to do it is told', () => {
  test.each([
    ['standard input', async () => '-'],
    ['a pipe', async () => namedPipe('piped.csv')],
    ['a folder', async () => folder.path],
  ])('%s', async (_, make) => {
    const { code, stderr } = await run(await make());
    expect(code).toBe(2);
    expect(stderr).toMatch(/^rescind: FILE must be a file, .*read twice.*> tokens\.csv\)\./);
  });

  /** Nobody writes to it, so that whoever opens it waits. */
  async function namedPipe(name: string): Promise<string> {
    const path = join(folder.path, name);
    await promisify(execFile)('mkfifo', [path]);
    return path;
  }
});

test('--dry-run tells per provider how many, and how far each reaches', async () => {
  const file = await folder.write(
    'dry.csv',
    'provider,token,tokenType\nmollie,access_1,access_token\nmollie,refresh_1,refresh_token\npolar,polar_at_u_x,access_token\nnylas,n,refresh_token\n',
  );
  const { code, stdout } = await run(file, '--dry-run');
  expect(code).toBe(3);
  expect(stdout).toMatch(/mollie\s+2\s+/);
  expect(stdout).toContain('kills grant');
  expect(stdout).toContain('nylas: ');
  const { stdout: text } = await run(file, '--dry-run', '--json');
  expect(JSON.parse(text)).toMatchObject({
    lines: 4,
    rows: 3,
    invalid: 1,
    providers: { mollie: { jobs: 2, reach: { grant: 1, token: 1 } } },
  });
  expect(api.revocations.size).toBe(0);
});
