import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { fewAtOnce } from '../../../../shared/grants/few-at-once.ts';
import { storedId } from '../../../../shared/grants/grant-id.ts';
import { decodeCursor } from '../../../../shared/http/cursor.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { callApi, startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf, mollie } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';
import { revokeSubject } from '../../../webhook/subjects.ts';
import { listOf } from '../../contract/answers.ts';
import { grant, subjectNotRevoked, subjectRevoked } from '../../contract/grant-answers.ts';
import { byTurns } from '../../subjects/survey.ts';

const api = await startApi({ ownership: true });
afterAll(() => api[Symbol.asyncDispose]());

const as = (name: string, scopes = 'submit read') => ({
  authorizer: { lambda: { principalId: `local:${name}`, scopes } },
});
const [ours, theirs, operator] = [as('ours'), as('theirs'), as('on-call', 'submit read operate')];
type As = typeof ours;
const { queued, end, tokensOf } = grantCaller(api);

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

test('an operator says of another’s grant that what was left alive was seen to', async () => {
  await put(ours, 'seen-to', mollie('1'));
  await api.expectAnswer(subjectRevoked, revokeCall(ours, 'seen-to'), 202);
  await end(await queued(), { outcome: 'unsupported' });
  expect(await list(ours, 'seen-to')).toMatchObject([{ state: 'unsupported' }]);
  await forget(theirs, 'seen-to');
  expect(await list(ours, 'seen-to')).toHaveLength(1);
  await forget(operator, 'seen-to');
  expect(await list(ours, 'seen-to')).toEqual([]);
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

describe('what one caller has others share', () => {
  const home = subjectKey('plant', sealingKeys);
  const victim = subjectKey('victim', sealingKeys);
  const { grants } = api.deps.registry;
  const planted = async (by: string, count: number, first = 0) => {
    const stored = (index: number) => storedId(`p-${first + index}`, `local:${by}`);
    const [alike] = await grants.all(subjectKey('alike', sealingKeys));
    if (alike?.state !== 'held') throw new Error('nothing was registered');
    const members = [home, victim];
    const registeredBy = `local:${by}`;
    await fewAtOnce([...Array(count).keys()], 50, async (index) => {
      await grants.point(victim, stored(index), home);
      const grant = { ...alike, home, members, grantId: stored(index), registeredBy };
      await grants.save(grant, undefined);
    });
  };

  test('is bounded for each of these as it is for the person', async () => {
    await put(theirs, 'alike', mollie('1'));
    await planted('theirs', 250);
    const body = { ...mollie('2'), sharedBy: ['plant-1', 'victim'] };
    const call = { method: 'PUT', path: `${grantsOf('plant-2')}/g`, body };
    const before = await api.table.scan();
    expect(await api.expectProblem({ ...call, ...theirs })).toMatchObject({
      status: 409,
      detail: expect.stringContaining('One of those in sharedBy has 250'),
    });
    // Nothing was written but the places that were taken.
    const written = (await api.table.scan()).length - before.length;
    expect(written).toBeLessThanOrEqual(2);
    expect(await list(theirs, 'plant-2')).toEqual([]);

    // Nobody else is kept from anything by it, or told.
    await put(ours, 'plant-2', body);
    await put(ours, 'victim', mollie('of the victim'), 201, 'zzz');
  });

  test('keeps an operator from no revocation, window by window', async () => {
    const few = async (subject: string, after?: string) => {
      const page = await grants.page(subject, 100, after);
      return { grants: page.grants, next: page.next };
    };
    const deps = {
      ...api.deps,
      registry: { ...api.deps.registry, grants: { ...grants, window: few } },
    };
    const answer = await callApi(deps, revokeCall(operator, 'victim'));
    expect(answer).toMatchObject({ statusCode: 202 });
    expect(await tokensOf()).toEqual(['access_of the victim']);
    const { shared } = subjectRevoked.parse(JSON.parse(answer.body ?? ''));
    expect(shared).toHaveLength(251);
  });

  test('that is too much for one call is told, and goes on with the next', async () => {
    await put(ours, 'victim', mollie('later'), 201, 'zzzz');
    const few = async (subject: string, after?: string) => {
      const page = await grants.page(subject, 20, after);
      return { grants: page.grants, next: page.next };
    };
    const registry = { ...api.deps.registry, grants: { ...grants, window: few } };
    const call = revokeCall(operator, 'victim');
    const answer = await callApi({ ...api.deps, registry }, call);
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } });

    // A source goes on by itself, until its sender has waited for long enough.
    const request = { subject: 'victim', requestedBy: 'webhook:okta', label: 'webhook okta' };
    const deps = { ...api.deps, registry };
    await expect(revokeSubject(request, () => true, deps)).rejects.toThrow('Send the event again');
    const { revocations } = await revokeSubject(request, () => false, deps);
    expect(revocations).toHaveLength(1);
    expect(await tokensOf()).toEqual(['access_later']);
  });
});

test('no token that a caller registers keeps a source from revoking by the words of its label', async () => {
  const polar = { provider: 'nylas', accessToken: 'webhook' };
  await put(theirs, 'labelled', polar);
  const request = { subject: 'labelled', requestedBy: 'webhook:okta', label: 'webhook okta' };
  const { revocations } = await revokeSubject(request, () => false, api.deps);
  expect(revocations).toHaveLength(1);
});

test('one who has registered much for a person has others’ grants wait for none of it', async () => {
  const names = (registeredBy: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ registeredBy, index }));
  const turns = byTurns([...names('much', 3), ...names('one', 1), ...names('two', 2)]);
  expect(turns.map(({ registeredBy, index }) => `${registeredBy} ${index}`)).toEqual([
    'much 0',
    'one 0',
    'two 0',
    'much 1',
    'two 1',
    'much 2',
  ]);
});
