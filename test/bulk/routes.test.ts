import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accepted,
  dryRunAnswer,
  listOf,
  outcomeRow,
  revocation,
} from '../../functions/api/contract/answers.ts';
import { partAnswer } from '../../functions/api/contract/parts.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { sliceMessage } from '../../shared/domain/slice.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { recordWork } from '../support/work.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi({ ownership: true });
});
afterAll(() => api[Symbol.asyncDispose]());

const owner = { lambda: { principalId: 'local:ci', scopes: 'submit read' } };
const other = { lambda: { principalId: 'local:other', scopes: 'submit read' } };
const jobs = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => ({
    provider: 'polar',
    token: `polar_at_u_${first + index}`,
  }));

const submit = (body: unknown, headers = {}) =>
  api.expectAnswer(
    accepted,
    { method: 'POST', path: '/v1/revocations', body, headers, authorizer: owner },
    202,
  );
const partCall = (id: string, part: unknown, body: unknown, authorizer: unknown = owner) => ({
  method: 'PUT',
  path: `/v1/revocations/${id}/parts/${part}`,
  body,
  authorizer,
});
const put = (id: string, part: number, body: unknown) =>
  api.expectAnswer(partAnswer, partCall(id, part, body), 202);
const closeCall = (id: string, body?: unknown, authorizer: unknown = owner) => ({
  method: 'POST',
  path: `/v1/revocations/${id}/close`,
  body,
  authorizer,
});
const close = (id: string, body?: unknown) => api.expectAnswer(revocation, closeCall(id, body));
const read = (id: string) =>
  api.expectAnswer(revocation, { path: `/v1/revocations/${id}`, authorizer: owner });

test('many parts are one revocation, from opening to completion', async () => {
  const opened = await submit({ label: 'offboarding', open: true, jobs: jobs(1) });
  const { id } = opened;
  expect(opened).toMatchObject({
    status: 'queued',
    links: { parts: `/v1/revocations/${id}/parts`, close: `/v1/revocations/${id}/close` },
  });
  expect(await put(id, 1, { jobs: jobs(30, 1) })).toEqual({ id, part: 1, jobs: 30 });
  expect(await put(id, 2, { jobs: jobs(2, 31) })).toEqual({ id, part: 2, jobs: 2 });
  expect(await read(id)).toMatchObject({
    open: true,
    status: 'queued',
    counts: { total: 33, queued: 33 },
  });

  const messages = (await api.queues.receive('polar')).map(({ Body = '' }) =>
    sliceMessage.parse(JSON.parse(Body)),
  );
  const [last, ...first] = messages.toReversed();
  if (last === undefined) throw new Error('nothing was queued');
  for (const message of first) await recordWork(message, api.stores, { outcome: 'revoked' });
  expect(await read(id)).toMatchObject({ open: true, status: 'running' });

  const closed = await close(id, { parts: 3 });
  expect(closed.open).toBeUndefined();
  expect(closed).toMatchObject({ status: 'running', counts: { total: 33 } });
  expect(closed.links).toEqual({
    self: `/v1/revocations/${id}`,
    outcomes: `/v1/revocations/${id}/outcomes`,
  });

  await recordWork(last, api.stores, { outcome: 'parked', reason: 'refused' });
  const parked = last.jobs.length;
  const done = { status: 'completed', counts: { total: 33, revoked: 33 - parked, parked } };
  expect(await read(id)).toMatchObject(done);
  expect(await close(id)).toMatchObject(done);
  const rows = await api.expectAnswer(listOf(outcomeRow), {
    path: `/v1/revocations/${id}/outcomes`,
    query: { limit: '500' },
    authorizer: owner,
  });
  expect(rows.items.map(({ part, index }) => [part, index])).toEqual(
    [1, 30, 2].flatMap((count, part) => Array.from({ length: count }, (_, index) => [part, index])),
  );
});

test('parked jobs of every part are known by their ids', async () => {
  const { id } = await submit({ open: true, jobs: [] });
  await put(id, 4, { jobs: jobs(2) });
  const redrive = (ids: string[]) => ({
    method: 'POST',
    path: '/v1/dead-letters/redrive',
    body: { ids, dryRun: true },
  });
  expect((await api.call(redrive([`${id}/4/1`]))).statusCode).toBe(200);
  for (const unknown of [`${id}/4/2`, `${id}/5/0`, `${id}/0/0`]) {
    expect(await api.expectProblem(redrive([unknown]))).toMatchObject({ status: 422 });
  }
});

test('an Idempotency-Key opens one revocation', async () => {
  const headers = { 'idempotency-key': 'open-once' };
  const { id } = await submit({ open: true, jobs: [] }, headers);
  expect((await submit({ open: true, jobs: [] }, headers)).id).toBe(id);
});

test('a dry run of an open revocation writes nothing', async () => {
  const before = await api.table.scan();
  const body = { dryRun: true, open: true, jobs: [] };
  const call = { method: 'POST', path: '/v1/revocations', body, authorizer: owner };
  expect(await api.expectAnswer(dryRunAnswer, call)).toMatchObject({ counts: { total: 0 } });
  expect(await api.table.scan()).toEqual(before);
});

describe('refused', () => {
  test.each([
    [{ jobs: [] }, '/jobs'],
    [{ open: false, jobs: [] }, '/jobs'],
    [{ open: 'yes', jobs: jobs(1) }, '/open'],
  ])('is the submission %j', async (body, pointer) => {
    const call = { method: 'POST', path: '/v1/revocations', body, authorizer: owner };
    expect(await api.expectProblem(call)).toMatchObject({ status: 422, errors: [{ pointer }] });
  });

  test('are bad parts, with every bad item', async () => {
    const { id } = await submit({ open: true, jobs: [] });
    const bad = { jobs: [{ provider: 'nobody', token: 'x' }, ...jobs(1), { provider: 'polar' }] };
    const problem = await api.expectProblem(partCall(id, 1, bad));
    expect(problem.status).toBe(422);
    expect(new Set(problem.errors?.map(({ index }) => index))).toEqual(new Set([0, 2]));
    for (const body of [{ jobs: [] }, { jobs: jobs(501) }, { jobs: jobs(1), label: 'x' }]) {
      expect(await api.expectProblem(partCall(id, 1, body))).toMatchObject({ status: 422 });
    }
    expect(await read(id)).toMatchObject({ counts: { total: 0 } });
  });

  test.each(['0', '01', '1000000', '-1', 'x', '1.5'])('is the part number %s', async (part) => {
    const { id } = await submit({ open: true, jobs: [] });
    expect(await api.expectProblem(partCall(id, part, { jobs: jobs(1) }))).toMatchObject({
      status: 400,
      errors: [{ pointer: 'part' }],
    });
  });

  test.each([{ parts: 0 }, { parts: 1.5 }, { parts: '2' }, { parts: 10_002 }, { part: 1 }, []])(
    'is the close %j',
    async (body) => {
      const { id } = await submit({ open: true, jobs: [] });
      expect(await api.expectProblem(closeCall(id, body))).toMatchObject({ status: 422 });
      expect(await read(id)).toMatchObject({ open: true });
    },
  );

  test('are parts and closes of what is another’s, as of what there is not', async () => {
    const { id } = await submit({ open: true, jobs: [] });
    const unknown = newRevocationId();
    const body = { jobs: jobs(1) };
    for (const call of [
      (of: string, as: unknown) => partCall(of, 1, body, as),
      (of: string, as: unknown) => closeCall(of, {}, as),
    ]) {
      const foreign = await api.expectProblem(call(id, other));
      expect(foreign).toMatchObject({ status: 404 });
      expect(foreign).toEqual(await api.expectProblem(call(unknown, owner)));
    }
    expect(await read(id)).toMatchObject({ open: true, counts: { total: 0 } });
  });
});

test('a list reads a bounded number of parts for a page, and still hands out everything', async () => {
  // Prepare: three revocations whose items say that they have 900 parts each.
  const ids: string[] = [];
  for (const _ of [1, 2, 3]) {
    const { id } = await submit({ open: true, jobs: [] });
    ids.unshift(id);
    const numbers = new Set(Array.from({ length: 900 }, (__, index) => index + 1));
    await api.table.table.update({ pk: `REV#${id}`, sk: 'PART#000000' }, 'ADD parts :parts', {
      values: { ':parts': numbers },
    });
  }

  const found: string[] = [];
  const sizes: number[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '3', ...(cursor !== undefined && { cursor }) };
    const call = { path: '/v1/revocations', query, authorizer: owner };
    const page = await api.expectAnswer(listOf(revocation), call);
    found.push(...page.items.map(({ id }) => id));
    sizes.push(page.items.length);
    cursor = page.cursor;
  } while (cursor !== undefined);

  expect(found.slice(0, 3)).toEqual(ids);
  expect(new Set(found).size).toBe(found.length);
  expect(sizes[0]).toBe(2);
});
