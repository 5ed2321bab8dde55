import { afterAll, expect, test } from 'vitest';
import * as z from 'zod';
import { decodeCursor } from '../../../../shared/http/cursor.ts';
import { callApi, startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf } from '../../../../test/support/grants.ts';
import { listOf } from '../../contract/answers.ts';
import { grant, subjectNotRevoked, subjectRevoked } from '../../contract/grant-answers.ts';

const api = await startApi({ ownership: true });
afterAll(() => api[Symbol.asyncDispose]());

const as = (name: string, scopes = 'submit read') => ({
  authorizer: { lambda: { principalId: `local:${name}`, scopes } },
});
const [ours, theirs, operator] = [as('ours'), as('theirs'), as('on-call', 'submit read operate')];
type As = typeof ours;
const mollie = (token: string) => ({ provider: 'mollie', accessToken: `access_${token}` });
const { queued } = grantCaller(api);
const tokensOf = async () => (await queued()).map(({ token }) => token).sort();

const put = (caller: As, person: string, body: object, status = 201, grantId = 'g') =>
  api.expectAnswer(
    grant,
    { method: 'PUT', path: `${grantsOf(person)}/${grantId}`, body, ...caller },
    status,
  );
const forget = (caller: As, person: string) =>
  api.call({ method: 'DELETE', path: `${grantsOf(person)}/g`, ...caller });
const list = async (caller: As, person: string) =>
  (await api.expectAnswer(listOf(grant), { path: grantsOf(person), ...caller })).items;
const revokeCall = (caller: As, person: string) => ({
  method: 'POST',
  path: `/v1/subjects/${person}/revoke`,
  body: {},
  ...caller,
});

test('each caller has a grant of its own by one id, and learns nothing of another’s', async () => {
  await put(ours, 'jane', mollie('ours'));
  expect(await list(theirs, 'jane')).toEqual([]);
  const nothing = await api.expectAnswer(subjectNotRevoked, revokeCall(theirs, 'jane'));
  expect(nothing).toMatchObject({ counts: { total: 0 }, shared: [] });
  expect(await forget(theirs, 'jane')).toMatchObject({ statusCode: 204 });

  // The very answer that it would be if nobody had one: also at another provider, also shared.
  await put(theirs, 'jane', { provider: 'polar', accessToken: 'polar_at_u_1', sharedBy: ['joan'] });
  await put(ours, 'jane', { ...mollie('ours'), sharedBy: ['joan'] }, 200);
  expect(await list(ours, 'jane')).toMatchObject([{ grantId: 'g', registeredBy: 'local:ours' }]);
  expect(await list(theirs, 'joan')).toMatchObject([{ grantId: 'g', provider: 'polar' }]);

  await forget(theirs, 'jane');
  await forget(theirs, 'joan');
  expect(await list(ours, 'joan')).toMatchObject([{ grantId: 'g', provider: 'mollie' }]);
});

test('an operator refreshes and forgets the one that there is, and takes it from nobody', async () => {
  await put(ours, 'refreshed', mollie('1'));
  await put(operator, 'refreshed', mollie('2'), 200);
  expect(await list(ours, 'refreshed')).toMatchObject([{ registeredBy: 'local:ours' }]);
  await put(theirs, 'refreshed', mollie('3'));
  const call = { method: 'PUT', path: `${grantsOf('refreshed')}/g`, body: mollie('4') };
  expect(await api.expectProblem({ ...call, ...operator })).toMatchObject({
    status: 409,
    detail: expect.stringContaining('Several callers'),
  });
  await forget(theirs, 'refreshed');
  await forget(operator, 'refreshed');
  expect(await list(operator, 'refreshed')).toEqual([]);
});

test('an operator’s revocation takes all of them, and each outcome goes to its own grant', async () => {
  await put(ours, 'both', { ...mollie('ours'), refreshToken: 'refresh_ours' });
  await put(theirs, 'both', mollie('theirs'));
  const { id } = await api.expectAnswer(subjectRevoked, revokeCall(operator, 'both'), 202);
  expect(await tokensOf()).toEqual(['access_ours', 'access_theirs', 'refresh_ours']);
  expect(await list(ours, 'both')).toMatchObject([{ state: 'revoking', revocation: id }]);
  expect(await list(theirs, 'both')).toMatchObject([{ state: 'revoking', revocation: id }]);
  const items = (await api.table.scan()).filter(({ revocation }) => revocation === id);
  const jobs = items.flatMap((item) => (Array.isArray(item.jobs) ? item.jobs : []));
  expect(jobs.sort()).toEqual([0, 1, 2]);
  expect(await api.call({ path: `/v1/revocations/${id}`, ...theirs })).toMatchObject({
    statusCode: 404,
  });
  expect(await api.expectAnswer(subjectNotRevoked, revokeCall(theirs, 'both'))).not.toHaveProperty(
    'id',
  );
});

test('what a caller registered before callers had ids of their own stays theirs', async () => {
  const shared = { ...api.deps, access: { ...api.deps.access, ownership: false } };
  const call = { method: 'PUT', path: `${grantsOf('before')}/g`, body: mollie('1'), ...ours };
  expect(await callApi(shared, call)).toMatchObject({ statusCode: 201 });
  await put(theirs, 'before', mollie('2'));
  await put(ours, 'before', mollie('3'), 200);
  expect(await list(ours, 'before')).toHaveLength(1);
});

test('a list goes over what others have, and its cursor names nothing of it', async () => {
  for (const id of ['a', 'd']) await put(ours, 'listed', mollie('1'), 201, id);
  for (const id of ['b', 'c', 'e']) await put(theirs, 'listed', mollie('1'), 201, id);
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: '1', ...(cursor !== undefined && { cursor }) };
    const call = { path: grantsOf('listed'), query, ...ours };
    const page = await api.expectAnswer(listOf(grant), call);
    found.push(...page.items.map(({ grantId }) => grantId));
    cursor = page.cursor;
    const [named = 'a'] = decodeCursor(z.array(z.string()), cursor) ?? [];
    expect(['a', 'd']).toContain(named.split('#')[0]);
  } while (cursor !== undefined);
  expect(found).toEqual(['a', 'd']);
});
