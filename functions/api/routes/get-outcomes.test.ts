import { afterAll, describe, expect, test } from 'vitest';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import { encodeCursor } from '../../../shared/http/cursor.ts';
import { startApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { listOf, type OutcomeRow, outcomeRow } from '../contract/answers.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

/** A revocation of 60 jobs in slices of 20; every third is parked, one in six still queued. */
async function aRevocation(): Promise<string> {
  const id = newRevocationId();
  const createdAt = new Date().toISOString();
  await api.stores.revocations.create({ id, requestedBy: 'tester', createdAt, total: 60 });
  for (const slice of [0, 1, 2]) {
    const message = await sliceOf(Array.from({ length: 20 }, (_, n) => `token-${n}`));
    const jobs = message.jobs.map((job) => ({ ...job, index: slice * 20 + job.index }));
    await recordWork(
      { ...message, revocation: id, slice, jobs },
      api.stores,
      { outcome: 'parked', reason: 'refused', detail: 'http 403', httpStatus: 403 },
      { outcome: 'revoked', evidence: 'accepted', httpStatus: 200 },
      { outcome: 'already_invalid', evidence: 'verified', httpStatus: 400 },
      { outcome: 'parked', reason: 'exhausted' },
      { outcome: 'unsupported', detail: 'http 400' },
      { reason: 'exhausted', detail: 'http 503', httpStatus: 503 },
    );
  }
  return id;
}

async function follow(id: string, query: Readonly<Record<string, string>>): Promise<OutcomeRow[]> {
  const rows: OutcomeRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await api.expectAnswer(listOf(outcomeRow), {
      path: `/v1/revocations/${id}/outcomes`,
      query: { ...query, ...(cursor !== undefined && { cursor }) },
    });
    rows.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return rows;
}

test.each(['500', '25', '7', '1'])('lists every job once, in order, by %s', async (limit) => {
  const id = await aRevocation();
  const rows = await follow(id, { limit });
  expect(rows.map(({ job }) => job)).toEqual(
    Array.from({ length: 60 }, (_, index) => `${id}/0/${index}`),
  );
});

test('a row tells what became of its job', async () => {
  const id = await aRevocation();
  const [first, second] = await follow(id, { limit: '500' });
  expect(first).toMatchObject({
    part: 0,
    index: 0,
    ref: 'ref-0',
    provider: 'test',
    outcome: 'parked',
    reason: 'refused',
    detail: 'http 403',
    attempts: 1,
    httpStatus: 403,
    updatedAt: '2027-01-15T08:00:00.000Z',
  });
  expect(second).toMatchObject({ outcome: 'revoked', evidence: 'accepted', httpStatus: 200 });
  expect(second).not.toHaveProperty('reason');
});

describe('by outcome', () => {
  test.each([
    ['parked', 20],
    ['revoked', 10],
    ['already_invalid', 10],
    ['unsupported', 10],
    ['queued', 10],
    ['abandoned', 0],
  ])('%s: %i', async (outcome, count) => {
    const rows = await follow(await aRevocation(), { outcome, limit: '3' });
    expect(rows.map((row) => row.outcome)).toEqual(Array(count).fill(outcome));
  });

  test('a queued job does not yet tell what it would be parked for', async () => {
    const rows = await follow(await aRevocation(), { outcome: 'queued' });
    for (const row of rows) expect(row).not.toHaveProperty('reason');
    expect(rows[0]).toMatchObject({ detail: 'http 503' });
  });
});

describe('problems', () => {
  test.each(['rev_1', newRevocationId(), 'token-4711', '%20'])('404 for %s', async (id) => {
    const problem = await api.expectProblem({ path: `/v1/revocations/${id}/outcomes` });
    expect(problem.status).toBe(404);
    expect(JSON.stringify(problem)).not.toContain(id);
  });

  test.each([
    { cursor: 'x' },
    { cursor: encodeCursor([0, 0]) },
    { cursor: encodeCursor([0, 0, -1]) },
    { cursor: encodeCursor(['0', 0, 0]) },
    { outcome: 'dead' },
    { limit: '0' },
    { page: '2' },
  ])('400 for %j', async (query) => {
    const path = `/v1/revocations/${newRevocationId()}/outcomes`;
    const problem = await api.expectProblem({ path, query: { ...query } });
    expect(problem.status).toBe(400);
  });

  test.each([
    [-1, -1, 0],
    [0, -1, 0],
    [999_999, 999_999, 0],
    [2 ** 53 - 1, 2 ** 53 - 1, 2 ** 53 - 1],
  ])('a place that is not in the list is no failure: %j', async (...place) => {
    const rows = await follow(await aRevocation(), { cursor: encodeCursor(place) }).catch(
      (error: unknown) => error,
    );
    expect(rows).toBeInstanceOf(Array);
  });
});
