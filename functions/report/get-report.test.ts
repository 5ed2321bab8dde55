import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { firstHash, nextHash } from '../../shared/report/chain.ts';
import type { ReportPage } from '../../shared/report/page.ts';
import { generateReportSeed } from '../../shared/report/signer.ts';
import { startReports, type TestReports } from '../../test/support/reports.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { recordWork, triedOnce } from '../../test/support/work.ts';
import { problem } from '../api/contract/answers.ts';

let reports: TestReports;
beforeAll(async () => {
  reports = await startReports();
});
afterAll(() => reports[Symbol.asyncDispose]());

const revoked: Partial<JobRecord> = { outcome: 'revoked', evidence: 'accepted', httpStatus: 200 };
const parked: Partial<JobRecord> = { outcome: 'parked', reason: 'refused' };

/** A revocation whose slices have so many jobs each, done as told. */
async function aRevocation(
  sizes: readonly number[],
  { total = sizes.reduce((sum, size) => sum + size, 0), records = [revoked] } = {},
): Promise<string> {
  const id = newRevocationId();
  const createdAt = new Date().toISOString();
  const label = '<b>offboarding</b> of "J. Doe"';
  await reports.stores.revocations.create({ id, label, requestedBy: 'tester', createdAt, total });
  let index = 0;
  for (const [slice, size] of sizes.entries()) {
    const message = await sliceOf(Array.from({ length: size }, (_, n) => `token-${n}`));
    const jobs = message.jobs.map((job) => ({ ...job, index: index++ }));
    await recordWork({ ...message, revocation: id, slice, jobs }, reports.stores, ...records);
  }
  return id;
}

/** Every row of all pages, in the order of the chain, which is followed on the way. */
function rowsOf(id: string, pages: readonly ReportPage[]): string[][] {
  const [first] = pages;
  let hash = firstHash(id, first?.statement.columns ?? []);
  let count = 0;
  for (const { rows, statement } of pages) {
    expect(statement.chain.from).toBe(hash);
    expect(statement.rowsBefore).toBe(count);
    for (const { cells, hash: shown } of rows) {
      hash = nextHash(hash, cells);
      expect(shown).toBe(hash);
    }
    count += rows.length;
    expect(statement.rows).toBe(count);
    expect(statement.chain.to).toBe(hash);
  }
  expect(pages.map(({ statement }) => statement.last)).toEqual(
    pages.map((_, at) => at === pages.length - 1),
  );
  return pages.flatMap(({ rows }) => rows.map(({ cells }) => cells));
}

const index = (cells: readonly string[]): number => Number(cells[1]);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a report', () => {
  test.each([25, 26, 49, 50, 75, 2500])('has every job once and in order, by %i', async (limit) => {
    const id = await aRevocation([25, 1, 25, 1, 1, 20, 25]);
    const pages = await reports.pages(id, limit);
    expect(rowsOf(id, pages).map(index)).toEqual(upTo(98));
    for (const { rows } of pages) expect(rows.length).toBeLessThanOrEqual(limit);
    expect(pages.length).toBeLessThanOrEqual(Math.ceil(98 / (limit - 24)));
  });

  test('says who asked for what and when, and how it went, on its first and last page', async () => {
    const id = await aRevocation([25, 25, 25], { records: [revoked, parked, {}] });
    const pages = await reports.pages(id, 25);
    const [first, middle, last] = pages.map(({ statement }) => statement);
    expect(first?.revocation).toEqual({
      id,
      label: '<b>offboarding</b> of "J. Doe"',
      requestedBy: 'tester',
      createdAt: expect.any(String),
    });
    expect(middle?.revocation).toEqual(first?.revocation);
    expect(middle).not.toHaveProperty('progress');
    const counts = { total: 75, queued: 25, revoked: 25, parked: 25 };
    for (const told of [first, last]) {
      expect(told?.progress).toMatchObject({ status: 'running', counts });
    }
    expect(last?.tally).toMatchObject({ queued: 25, revoked: 25, parked: 25 });
    expect(last?.began).toBe(first?.began);
  });

  test('of a completed revocation counts the same as the revocation does', async () => {
    const id = await aRevocation([25, 25], { records: [revoked, parked] });
    const { statement } = (await reports.pages(id, 25)).at(-1) ?? {};
    const { total, ...counts } = statement?.progress?.counts ?? { total: 0 };
    expect(statement?.progress).toMatchObject({
      status: 'completed',
      completedAt: expect.any(String),
    });
    expect(statement?.tally).toEqual(counts);
    expect(statement?.rows).toBe(total);
  });

  test('has no row for what was never tried, and says how many there are', async () => {
    const id = await aRevocation([], { total: 3 });
    const [page, ...others] = await reports.pages(id, 25);
    expect(others).toEqual([]);
    expect(page?.rows).toEqual([]);
    expect(page?.statement).toMatchObject({
      rows: 0,
      last: true,
      progress: { status: 'queued', counts: { total: 3, queued: 3 } },
    });
  });

  test('ends a page early where its rows are long, so that any format fits', async () => {
    const decision = { by: 'tester', note: '&'.repeat(3000) };
    const records = [{ outcome: 'abandoned' as const, decision }];
    const id = await aRevocation(
      Array.from({ length: 20 }, () => 25),
      { records },
    );
    const pages = await reports.pages(id, 2500);
    expect(rowsOf(id, pages).map(index)).toEqual(upTo(500));
    expect(pages.length).toBe(2);
    for (const format of ['csv', 'html', 'json']) {
      const query = { format, limit: '2500' };
      const answer = await reports.call({ path: `/v1/revocations/${id}/report`, query });
      // What a Lambda function may answer.
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThan(6 * 1024 * 1024);
    }
  });
});

describe('what changes between two pages', () => {
  test('shows in the counts, where a parked job is sent again', async () => {
    // Prepare: the first page has a parked job.
    const id = await aRevocation([25, 25], { records: [revoked, parked] });
    const { cursor = '' } = await reports.page(id, { limit: '25' });

    // Act: it is revoked before the second is read.
    const place = { revocation: id, part: 0, slice: 0, provider: 'test' };
    const { stores } = reports;
    const queued: JobRecord = { ...triedOnce, redrives: 1 };
    await stores.slices.amend(
      place,
      (state) => state && { ...state, records: new Map(state.records).set(1, queued) },
    );
    await stores.revocations.reopen(id, 0, new Set([1]));
    const records = new Map([[1, { ...queued, outcome: 'revoked' as const }]]);
    await stores.slices.amend(
      place,
      (state) => state && { ...state, records: new Map([...state.records, ...records]) },
    );
    await stores.revocations.progress(id, 0, records, async () => records);
    const { statement } = await reports.page(id, { limit: '25', cursor });

    // Assess
    expect(statement).toMatchObject({
      last: true,
      tally: { revoked: 25, parked: 25 },
      progress: { status: 'completed', counts: { revoked: 26, parked: 24 } },
    });
  });

  test('does no harm where it is the size of the page, or a cursor is used again', async () => {
    const id = await aRevocation([25, 25, 25, 25]);
    const first = await reports.page(id, { limit: '25' });
    const { cursor = '' } = first;
    const rest = await reports.page(id, { limit: '2500', cursor });
    expect(rowsOf(id, [first, rest]).map(index)).toEqual(upTo(100));
    const again = await reports.page(id, { limit: '50', cursor });
    expect(again.statement).toMatchObject({ rowsBefore: 25, rows: 75, last: false });
    expect(again.rows).toEqual(rest.rows.slice(0, 50));
  });

  test('neither leaves out nor repeats a job of a slice that grows', async () => {
    const id = await aRevocation([10, 10, 10], { total: 31 });
    const first = await reports.page(id, { limit: '25' });
    const place = { revocation: id, part: 0, slice: 1, provider: 'test' };
    await reports.stores.slices.amend(
      place,
      (state) => state && { ...state, records: new Map(state.records).set(30, triedOnce) },
    );
    const second = await reports.page(id, { limit: '25', cursor: first.cursor ?? '' });
    expect(rowsOf(id, [first, second]).map(index)).toEqual(upTo(30));
  });
});

describe('refused is', () => {
  const refusal = async (id: string, query: Readonly<Record<string, string>>) => {
    const { statusCode, body = '' } = await reports.call({
      path: `/v1/revocations/${id}/report`,
      query,
    });
    return { statusCode, ...problem.parse(JSON.parse(body)) };
  };

  test.each<[string, Readonly<Record<string, string>>]>([
    ['cursor', { cursor: 'e30.AAAA' }],
    ['cursor', { cursor: '' }],
    ['limit', { limit: '24' }],
    ['limit', { limit: '2501' }],
    ['limit', { limit: 'all' }],
    ['format', { format: 'pdf' }],
    ['', { outcome: 'revoked' }],
  ])('%s of %j', async (pointer, query) => {
    const id = await aRevocation([1]);
    expect(await refusal(id, query)).toMatchObject({ statusCode: 400, errors: [{ pointer }] });
  });

  test('the cursor of another revocation', async () => {
    const [one, other] = [await aRevocation([25, 25]), await aRevocation([25, 25])];
    const { cursor = '' } = await reports.page(one, { limit: '25' });
    expect(await refusal(other, { cursor })).toMatchObject({ statusCode: 400 });
  });

  test('the cursor of before another seed took the place of the one that it was made with', async () => {
    await using own = await startReports();
    const id = newRevocationId();
    const createdAt = new Date().toISOString();
    await own.stores.revocations.create({ id, requestedBy: 'tester', createdAt, total: 50 });
    for (const slice of [0, 1]) {
      const message = await sliceOf(Array.from({ length: 25 }, (_, n) => `token-${n}`));
      const jobs = message.jobs.map((job) => ({ ...job, index: slice * 25 + job.index }));
      await recordWork({ ...message, revocation: id, slice, jobs }, own.stores, revoked);
    }
    const { cursor = '' } = await own.page(id, { limit: '25' });
    own.secret = generateReportSeed();
    const { statusCode } = await own.call({
      path: `/v1/revocations/${id}/report`,
      query: { cursor },
    });
    expect(statusCode).toBe(400);
  });

  test.each([newRevocationId(), 'rev_1', '%2e%2e'])('what is not there: %s', async (id) => {
    expect(await refusal(id, {})).toMatchObject({ statusCode: 404 });
  });
});

describe('the formats', () => {
  const answerAs = (id: string, query: Readonly<Record<string, string>>) =>
    reports.call({ path: `/v1/revocations/${id}/report`, query });

  test('are what they say they are, and nothing to be guessed, kept or run', async () => {
    const id = await aRevocation([1]);
    const always = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
    expect((await answerAs(id, {})).headers).toEqual({
      'content-type': 'application/json',
      ...always,
    });
    expect((await answerAs(id, { format: 'csv' })).headers).toEqual({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${id}.csv"`,
      ...always,
    });
    expect((await answerAs(id, { format: 'html' })).headers).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/^default-src 'none'/),
      ...always,
    });
  });

  test('link to the next page, which is of the same format and size', async () => {
    const id = await aRevocation([25, 25]);
    const { headers } = await answerAs(id, { format: 'csv', limit: '25' });
    const next = /^<(.+)>; rel="next"$/.exec(String(headers?.link))?.[1] ?? '';
    const { pathname, searchParams } = new URL(next, 'https://api.example.com');
    expect(pathname).toBe(`/v1/revocations/${id}/report`);
    const query = Object.fromEntries(searchParams);
    expect(query).toEqual({ format: 'csv', limit: '25', cursor: expect.any(String) });
    const last = await answerAs(id, query);
    expect(last.statusCode).toBe(200);
    expect(last.headers).not.toHaveProperty('link');
  });
});

test('nothing is signed where the key is missing or not valid, and callers are told', async () => {
  await using own = await startReports();
  own.secret = undefined;
  for (const secret of [undefined, 'hunter2']) {
    own.secret = secret;
    const { statusCode, body } = await own.call({ path: '/v1/report-keys' });
    expect(statusCode).toBe(503);
    expect(body).toContain('reports are signed with');
    expect(body).not.toContain('hunter2');
  }
  expect(own.lines[0]).toMatchObject({ name: 'request.failed', fault: 'ReportKeyFault' });
});
