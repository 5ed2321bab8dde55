import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { json } from '../../shared/http/problem.ts';
import type { ReportPage } from '../../shared/report/page.ts';
import { createSigner } from '../../shared/report/signer.ts';
import { aReport, hostileTexts, type ReportOptions } from '../support/report-documents.ts';
import { startReports } from '../support/reports.ts';
import { sliceOf } from '../support/slices.ts';
import { recordWork } from '../support/work.ts';
import { makeFolder } from './files.ts';
import { at, rescind } from './rescind.ts';
import { startServer, textsOf } from './server.ts';

const folder = await makeFolder();
afterAll(() => folder[Symbol.asyncDispose]());

let report = await aReport();
const server = await startServer(async ({ rawPath, queryStringParameters }) => {
  if (rawPath === '/v1/report-keys') return json(200, report.keys);
  const { cursor = '0' } = queryStringParameters ?? {};
  const page = report.pages.find(({ statement }) => String(statement.rowsBefore) === cursor);
  return page === undefined ? undefined : json(200, page);
});
afterAll(() => server[Symbol.asyncDispose]());

const several: ReportOptions = {
  texts: hostileTexts,
  outcomes: ['revoked', 'parked', 'abandoned'],
  rows: 45,
  rowsPerPage: 20,
  label: 'off\u001b[2Jboarding',
};
beforeEach(async () => {
  report = await aReport(several);
});

const idOf = ([page]: readonly ReportPage[]): string => page?.statement.revocation.id ?? '';
const make = (...args: readonly string[]) =>
  rescind(['report', idOf(report.pages), ...args], { env: at(server) });
const check = (...args: readonly string[]) => rescind(['check-report', ...args]);

/** Keys as an auditor has them. */
async function savedKeys(): Promise<string> {
  const { code, stdout } = await rescind(['report-keys'], { env: at(server) });
  expect(code).toBe(0);
  return folder.write('keys.json', stdout);
}

describe.each(['json', 'csv', 'html'])('a report in %s', (format) => {
  test('holds all pages, and is checked without a network', async () => {
    const file = join(folder.path, `all.${format}`);
    expect(await make('--output', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await make('--format', format)).stdout).toBe(await readFile(file, 'utf8'));
    const { code, stdout, stderr } = await check(file, '--keys', await savedKeys());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const told of [idOf(report.pages), 'tester', 'parked 15', 'off\ufffd[2Jboarding']) {
      expect(stdout).toContain(told);
    }
    expect(stdout).toMatch(/rows +45\n/);
  });

  test('that was altered is named as that', async () => {
    const { stdout } = await make('--format', format);
    const at = stdout.lastIndexOf('abandoned', stdout.lastIndexOf('8WvA0c2Q5Yw'));
    const file = await folder.write(
      `altered.${format}`,
      `${stdout.slice(0, at)}revoked${stdout.slice(at + 'abandoned'.length)}`,
    );
    const { code, stdout: printed, stderr } = await check(file, '--keys', await savedKeys());
    expect({ code, printed }).toEqual({ code: 1, printed: '' });
    expect(stderr).toContain('row 45 (job 0/44) was altered');
  });
});

test('a file that is there is left alone, unless that is asked for', async () => {
  const file = await folder.write('there.csv', 'mine');
  const refused = await make('--output', file);
  expect(refused).toMatchObject({ code: 2 });
  expect(refused.stderr).toContain('--overwrite');
  expect(await readFile(file, 'utf8')).toBe('mine');
  expect(await make('--output', file, '--overwrite')).toMatchObject({ code: 0 });
  expect(await readFile(file, 'utf8')).toContain('jws,ey');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('one that fails on the way leaves no file', async () => {
  report = { ...report, pages: report.pages.slice(0, 1) };
  const before = await readdir(folder.path);
  expect(await make('--output', join(folder.path, 'half.json'))).toMatchObject({ code: 1 });
  expect(await readdir(folder.path)).toEqual(before);
  const nowhere = await make('--output', join(folder.path, 'no', 'such.json'));
  expect(nowhere).toMatchObject({ code: 1 });
  expect(nowhere.stderr).toContain('ENOENT');
});

test('pages that do not follow from each other make none', async () => {
  const [first, ...rest] = report.pages;
  const [, second] = (await aReport(several)).pages;
  if (first === undefined || second === undefined) throw new Error('there are no pages');
  report = { ...report, pages: [first, second, ...rest.slice(1)] };
  const { code, stderr } = await make();
  expect(code).toBe(1);
  expect(stderr).toContain('do not follow from each other');
});

test.each([
  [{ status: 'running' }, 4, 'unfinished'],
  [{ leftAlive: 2 }, 3, '2 grants'],
] as const)('%j ends with %i, made and checked', async (options, code, told) => {
  report = await aReport({ ...several, ...options });
  const file = join(folder.path, `${code}.json`);
  const made = await make('--output', file);
  expect(made.code).toBe(code);
  expect(made.stderr).toContain(told);
  const checked = await check(file, '--keys', await savedKeys(), '--json');
  expect(checked.code).toBe(code);
  expect(JSON.parse(checked.stdout)).toMatchObject({ genuine: true, rows: 45, rowsBefore: 0 });
  expect(checked.stderr).toContain(told);
});

test('a single page is genuine, and not all', async () => {
  const file = await folder.write('page.json', JSON.stringify(report.pages.at(-1)));
  const { code, stdout, stderr } = await check(file, '--keys', await savedKeys());
  expect(code).toBe(3);
  expect(stdout).toMatch(/rows +41 to 45\n/);
  expect(stderr).toContain('40 rows come before it');
});

test.each([
  [['none.json', '--keys', 'keys.json'], 1, 'ENOENT'],
  [['keys.json', '--keys', 'keys.json'], 1, 'no report'],
  [['keys.json', '--keys', 'none.json'], 2, 'ENOENT'],
  [['keys.json'], 2, '--keys FILE is missing'],
])('check-report %j', async (args, code, told) => {
  await savedKeys();
  const found = args.map((arg) => (arg.endsWith('.json') ? join(folder.path, arg) : arg));
  const ended = await check(...found);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(told);
});

test('what the function itself answers is taken, as pages of any format and as a whole', async () => {
  await using reports = await startReports();
  const { secret } = reports;
  if (secret === undefined) throw new Error('there is no secret');
  await using own = await startServer(
    ({ requestContext: { http }, rawPath, queryStringParameters, headers }) =>
      reports.call({
        method: http.method,
        path: rawPath,
        query: textsOf(queryStringParameters),
        headers: textsOf(headers),
      }),
  );
  const id = newRevocationId();
  const label = 'a <b>label</b>';
  const createdAt = new Date().toISOString();
  const { revocations } = reports.stores;
  await revocations.create({ id, label, requestedBy: 'tester', createdAt, total: 12 });
  const tokens = Array.from({ length: 12 }, (_, n) => `token-${n}-canary`);
  await recordWork(
    await sliceOf(tokens, { revocation: id, provider: 'polar' }),
    reports.stores,
    { outcome: 'parked', reason: 'refused', detail: 'http 403', httpStatus: 403 },
    { outcome: 'revoked', evidence: 'accepted', httpStatus: 200 },
  );
  const keys = await folder.write(
    'own-keys.json',
    JSON.stringify((await createSigner(secret)).keys),
  );
  for (const format of ['json', 'csv', 'html']) {
    const { body = '' } = await reports.call({
      path: `/v1/revocations/${id}/report`,
      query: { format },
    });
    const page = await folder.write(`own-page.${format}`, body);
    const made = await rescind(['report', id, '--format', format], { env: at(own) });
    const whole = await folder.write(`own-whole.${format}`, made.stdout);
    for (const file of [page, whole]) {
      const { code, stdout } = await check(file, '--keys', keys, '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        genuine: true,
        rows: 12,
        statement: { revocation: { id, label }, tally: { parked: 6, revoked: 6 } },
      });
      expect(code).toBe(made.code);
    }
  }
});

test('the checker that docs/report.md prints agrees', async () => {
  const docs = await readFile(new URL('../../docs/report.md', import.meta.url), 'utf8');
  const script = await folder.write('check.mjs', /```js\n([^`][\s\S]*?)```/.exec(docs)?.[1] ?? '');
  const keys = await savedKeys();
  const { stdout } = await make('--format', 'json');
  const byDocs = async (content: string) => {
    const file = await folder.write('documented.json', content);
    return promisify(execFile)(process.execPath, [script, file, keys]);
  };
  expect(JSON.parse((await byDocs(stdout)).stdout)).toEqual(report.pages.at(-1)?.statement);
  const rows = stdout.split('\n');
  // What a reader takes that keeps the first of two members of a name.
  const forged = stdout.replaceAll('"parked"', '"revoked"');
  const statement = /"statement":\{.*\},\n/.exec(stdout)?.[0] ?? '';
  for (const broken of [
    stdout.replace('"parked"', '"revoked"'),
    rows.toSpliced(7, 1).join('\n'),
    stdout.replace(
      /"jws":"(.*)\.(.*)\.(.)/,
      (_, head, payload, sign) => `"jws":"${head}.${payload}.${sign === 'A' ? 'B' : 'A'}`,
    ),
    stdout.replace(
      statement,
      statement.replace('"requestedBy":"tester"', '"requestedBy":"auditor"'),
    ),
    stdout.replace(statement, statement.replace(/"tally":\{.*?\}/, '"tally":{}')),
    ` {${/"rows":\[.*\n\],/s.exec(forged)?.[0]}${stdout.slice(1)}`,
    stdout.replace('{"cells":', `{"cells":["forged"],"cells":`),
    stdout.replace(statement, `"statement":{"rows":0},${statement}`),
    stdout.replace('"jws":', '"note":"all is well","jws":'),
  ]) {
    await expect(byDocs(broken)).rejects.toThrow(/altered|does not fit|written into/);
  }
});
