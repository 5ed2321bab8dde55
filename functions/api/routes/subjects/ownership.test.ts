import { afterAll, expect, test } from 'vitest';
import { startApi } from '../../../../test/support/api.ts';
import { grantsOf } from '../../../../test/support/grants.ts';
import { listOf } from '../../contract/answers.ts';
import { grant, subjectNotRevoked, subjectRevoked } from '../../contract/grant-answers.ts';

const api = await startApi({ ownership: true });
afterAll(() => api[Symbol.asyncDispose]());

const as = (name: string, scopes = 'submit read') => ({
  authorizer: { lambda: { principalId: `local:${name}`, scopes } },
});
const [ours, theirs, operator] = [as('ours'), as('theirs'), as('on-call', 'submit read operate')];
const body = { provider: 'mollie', accessToken: 'access_1' };
const path = `${grantsOf('jane')}/g`;
const list = async (caller: ReturnType<typeof as>) =>
  (await api.expectAnswer(listOf(grant), { path: grantsOf('jane'), ...caller })).items;
const revokePath = '/v1/subjects/jane/revoke';

test('grants are there for who registered them, and for operators', async () => {
  await api.expectAnswer(grant, { method: 'PUT', path, body, ...ours }, 201);
  expect(await list(ours)).toMatchObject([{ grantId: 'g', registeredBy: 'local:ours' }]);
  expect(await list(operator)).toHaveLength(1);
  expect(await list(theirs)).toEqual([]);
});

test('others can neither replace, forget nor revoke them', async () => {
  expect(await api.expectProblem({ method: 'PUT', path, body, ...theirs })).toMatchObject({
    status: 409,
  });
  expect(await api.call({ method: 'DELETE', path, ...theirs })).toMatchObject({ statusCode: 204 });
  const nothing = { method: 'POST', path: revokePath, body: {}, ...theirs };
  expect(await api.expectAnswer(subjectNotRevoked, nothing)).toMatchObject({
    counts: { total: 0 },
  });
  expect(await list(ours)).toMatchObject([{ state: 'held' }]);
});

test('an operator can revoke them, and their revocation is the operator’s', async () => {
  const call = { method: 'POST', path: revokePath, body: {} };
  const { id } = await api.expectAnswer(subjectRevoked, { ...call, ...operator }, 202);
  expect(await list(ours)).toMatchObject([{ state: 'revoking', revocation: id }]);
  expect(await api.call({ path: `/v1/revocations/${id}`, ...theirs })).toMatchObject({
    statusCode: 404,
  });
  expect(await api.expectAnswer(subjectNotRevoked, { ...call, ...theirs })).not.toHaveProperty(
    'id',
  );
});
