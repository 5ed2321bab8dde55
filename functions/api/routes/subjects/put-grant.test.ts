import { afterAll, describe, expect, test } from 'vitest';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());
const { put, list, forget, revoke, queued } = grantCaller(api);

const refused = (
  subject: string,
  grantId: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) => api.expectProblem({ method: 'PUT', path: `${grantsOf(subject)}/${grantId}`, body, headers });

const pair = {
  provider: 'mollie',
  accessToken: 'access_1',
  refreshToken: 'refresh_1',
  expiresAt: '2027-01-15T09:00:00+01:00',
};

test('keeps tokens sealed, and shows what they are and not the tokens', async () => {
  const registered = await put('jane@example.com', 'mollie-1', pair);

  expect(registered).toMatchObject({
    grantId: 'mollie-1',
    provider: 'mollie',
    state: 'held',
    sharedWith: 0,
    registeredBy: 'tester',
    tokens: {
      access_token: { fingerprint: expect.any(String), expiresAt: pair.expiresAt },
      refresh_token: { fingerprint: expect.any(String) },
    },
  });
  expect(await list('jane@example.com')).toEqual([registered]);
  expect(await list('jane')).toEqual([]);
  const everything = JSON.stringify([registered, await api.table.scan(), api.lines]);
  expect(everything).not.toMatch(/access_1|refresh_1|jane/);
});

test('puts fresh tokens in the place of the old ones', async () => {
  const first = await put('refreshed', 'g', pair);
  const second = await put('refreshed', 'g', { ...pair, accessToken: 'access_2' }, 200);
  expect(second.createdAt).toBe(first.createdAt);
  expect(second.etag).not.toBe(first.etag);
  await revoke('refreshed');
  expect((await queued()).map(({ token }) => token)).toEqual(['access_2', 'refresh_1']);
});

describe('If-Match', () => {
  test('takes tokens only where nobody has put others meanwhile', async () => {
    const { etag } = await put('matched', 'g', pair);
    await put('matched', 'g', pair, 200, { 'if-match': etag });
    expect(await refused('matched', 'g', pair, { 'if-match': etag })).toMatchObject({
      status: 412,
      detail: expect.stringContaining('Read it again'),
    });
    await put('matched', 'g', pair, 200, { 'if-match': '*' });
  });

  test.each(['*', '"0"', 'W/"0"', ''])(
    '%s matches nothing where there is nothing',
    async (etag) => {
      expect(await refused('nobody', 'g', pair, { 'if-match': etag })).toMatchObject({
        status: 412,
      });
      expect(await list('nobody')).toEqual([]);
    },
  );
});

test('of many writes at once one stays, whole', async () => {
  const tokens = Array.from({ length: 8 }, (_, number) => `access_race_${number}`);
  await Promise.all(
    tokens.map((accessToken) =>
      api.call({
        method: 'PUT',
        path: `${grantsOf('raced')}/g`,
        body: { provider: 'mollie', accessToken },
      }),
    ),
  );
  await revoke('raced');
  const [one, ...others] = await queued();
  expect(others).toEqual([]);
  expect(tokens).toContain(one?.token);
});

describe('leaves out what its provider does not revoke', () => {
  test('and keeps the rest', async () => {
    const both = { provider: 'nylas', accessToken: 'nylas_1', refreshToken: 'nylas_2' };
    expect(await put('left-out', 'g', both)).toMatchObject({ tokens: { access_token: {} } });
    await revoke('left-out');
    expect((await queued()).map(({ token }) => token)).toEqual(['nylas_1']);
  });

  test('but says so where nothing would be left', async () => {
    expect(await refused('left-out', 'h', { provider: 'nylas', refreshToken: 'r' })).toMatchObject({
      status: 422,
      errors: [{ pointer: '/refreshToken' }],
    });
  });
});

describe('refuses, quoting nothing,', () => {
  test.each<[string, object, string]>([
    ['no token', { provider: 'mollie' }, ''],
    ['an unknown provider', { provider: 'acme', accessToken: 'a' }, '/provider'],
    ['an unknown field', { ...pair, tokne: 'access_1' }, ''],
    ['a token with a line break', { ...pair, accessToken: 'access_1\n' }, '/accessToken'],
    ['a token that its adapter refuses', { ...pair, accessToken: 'refresh_2' }, '/accessToken'],
    [
      'one token as both',
      { provider: 'polar', accessToken: 't', refreshToken: 't' },
      '/refreshToken',
    ],
    [
      'a refresh token that its adapter refuses',
      { ...pair, refreshToken: 'access_2' },
      '/refreshToken',
    ],
    ['a time without its offset', { ...pair, expiresAt: '2027-01-15T08:00:00' }, '/expiresAt'],
    ['an empty sharer', { ...pair, sharedBy: [''] }, '/sharedBy'],
    ['101 sharers', { ...pair, sharedBy: Array.from({ length: 101 }, String) }, '/sharedBy'],
  ])('%s', async (_, body, pointer) => {
    const problem = await refused('refused', 'g', body);
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer }] });
    expect(JSON.stringify(problem)).not.toMatch(/access_\d|refresh_\d|tokne/);
    expect(await list('refused')).toEqual([]);
  });

  test('a token as a grant’s id or as the person', async () => {
    expect(await refused('refused', 'access_1', pair)).toMatchObject({
      errors: [{ pointer: 'grantId' }],
    });
    expect(await refused('xaccess_1', 'g', pair)).toMatchObject({
      errors: [{ pointer: 'subject' }],
    });
  });

  test.each(['a%20b', '..', 'x'.repeat(129), 'a%2Fb', '%C3%A4'])(
    '%s as a grant’s id',
    async (grantId) => {
      expect(await refused('refused', grantId, pair)).toMatchObject({ status: 400 });
    },
  );

  test.each([
    encodeURIComponent('a/b'),
    '.',
    '%2E%2E',
    'a%3Fb',
    'a%25b',
    '%00',
    'x'.repeat(257),
    '~',
    '~a',
    '~_w',
  ])('%s as a person', async (segment) => {
    const path = `/v1/subjects/${segment}/grants/g`;
    expect(await api.expectProblem({ method: 'PUT', path, body: pair })).toMatchObject({
      status: 400,
      errors: [{ pointer: 'subject' }],
    });
  });
});

test('a person may have any name, in base64url', async () => {
  const segment = `~${Buffer.from('https://idp.example/?u=1%').toString('base64url')}`;
  const path = `/v1/subjects/${segment}/grants/g`;
  expect(await api.call({ method: 'PUT', path, body: pair })).toMatchObject({ statusCode: 201 });
  const plain = `~${Buffer.from('plain').toString('base64url')}`;
  await put('plain', 'g', pair);
  const { body = '' } = await api.call({ path: `/v1/subjects/${plain}/grants` });
  expect(JSON.parse(body).items).toHaveLength(1);
});

test('what is forgotten is gone, though nothing is revoked, and can be registered anew', async () => {
  await put('forgotten', 'g', pair);
  expect(await forget('forgotten', 'g')).toMatchObject({ statusCode: 204 });
  expect(await forget('forgotten', 'g')).toMatchObject({ statusCode: 204 });
  expect(await forget('forgotten', 'never-was')).toMatchObject({ statusCode: 204 });
  expect(await list('forgotten')).toEqual([]);
  const items = (await api.table.scan()).filter(({ state }) => state === 'forgotten');
  expect(items).toHaveLength(1);
  expect(items[0]).not.toHaveProperty('sealed');
  await put('forgotten', 'g', pair);
});

test('a grant is at one provider for as long as it is held', async () => {
  await put('moved', 'g', pair);
  const elsewhere = { provider: 'polar', accessToken: 'polar_at_u_1' };
  expect(await refused('moved', 'g', elsewhere)).toMatchObject({ status: 409 });
  await forget('moved', 'g');
  await put('moved', 'g', elsewhere);
});

test('a person has at most as many grants as one revocation takes', async () => {
  // Prepare: all but the last by the store, which looks nothing through.
  await put('alike', 'g-0', { provider: 'mollie', accessToken: 'access_1' });
  const home = subjectKey('busy', sealingKeys);
  const { grants } = api.deps.registry;
  const [alike] = await grants.all(subjectKey('alike', sealingKeys));
  if (alike?.state !== 'held') throw new Error('nothing was registered');
  const ids = Array.from({ length: 250 }, (_, number) => `g-${number}`);
  const members = [home];
  await Promise.all(
    ids.map((grantId) => grants.save({ ...alike, home, members, grantId }, undefined)),
  );

  // Act and assess
  expect(await refused('busy', 'one-more', pair)).toMatchObject({
    status: 409,
    detail: expect.stringContaining('250'),
  });
  await put('busy', 'g-0', pair, 200);
  await forget('busy', 'g-1');
  await put('busy', 'one-more', pair);
});
