import { afterAll, describe, expect, test } from 'vitest';
import { startApi } from '../../../test/support/api.ts';
import { accepted, dryRunAnswer, revocation } from '../contract/answers.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const post = { method: 'POST', path: '/v1/revocations' };
const jobs = [
  { provider: 'polar', token: 'polar_at_u_4711', ref: 'user-1' },
  { provider: 'mollie', token: 'access_4711', tokenType: 'access_token' },
];

test('answers 202 with an id, the counts and where to look', async () => {
  const { statusCode, headers, body = '' } = await api.call({ ...post, body: { jobs } });
  expect(statusCode).toBe(202);
  const answer = accepted.parse(JSON.parse(body));
  expect(answer).toMatchObject({ status: 'queued', counts: { total: 2, queued: 2 } });
  expect(headers).toMatchObject({ location: answer.links.self });
  expect(body).not.toContain('4711');
  expect(await api.expectAnswer(revocation, { path: answer.links.self })).toMatchObject({
    id: answer.id,
    requestedBy: 'tester',
  });
});

test('a dry run says what would be done, and does nothing', async () => {
  const before = await api.table.scan();
  const body = { dryRun: true, jobs };
  const answer = await api.expectAnswer(dryRunAnswer, { ...post, body });
  expect(answer.providers).toMatchObject({ polar: { jobs: 1 }, mollie: { jobs: 1 } });
  expect(await api.table.scan()).toEqual(before);
});

test('a key makes a repeated call answer the same id', async () => {
  const call = { ...post, headers: { 'idempotency-key': 'key-1' }, body: { jobs } };
  const first = await api.expectAnswer(accepted, call, 202);
  expect(await api.expectAnswer(accepted, call, 202)).toEqual(first);
  const other = { ...call, body: { label: 'x', jobs } };
  expect(await api.expectProblem(other)).toMatchObject({ status: 409 });
});

describe('problems', () => {
  test.each(['', 'a b', 'é', 'x'.repeat(256), 'a\nb'])(
    '400 for the Idempotency-Key %j',
    async (key) => {
      const headers = { 'idempotency-key': key };
      expect(await api.expectProblem({ ...post, headers, body: { jobs } })).toMatchObject({
        status: 400,
        errors: [{ pointer: 'Idempotency-Key' }],
      });
    },
  );

  test.each([
    [415, { headers: { 'content-type': 'text/plain' }, body: { jobs } }],
    [400, {}],
    [413, { body: { jobs, label: 'x'.repeat(4 * 1024 * 1024) } }],
    [422, { body: { jobs: [] } }],
    [422, { body: { jobs: [...jobs, { provider: 'github', token: 'ghp_4711' }] } }],
  ])('%i, with nothing taken and no token said back', async (status, call) => {
    const before = await api.table.scan();
    const problem = await api.expectProblem({ ...post, ...call });
    expect(problem.status).toBe(status);
    expect(JSON.stringify(problem)).not.toContain('4711');
    expect(await api.table.scan()).toEqual(before);
  });

  test('503 without sealing keys', async () => {
    await using other = await startApi();
    other.secrets.held.delete('rescind/sealing-keys');
    const { statusCode } = await other.call({ ...post, body: { jobs } });
    expect(statusCode).toBe(503);
  });
});
