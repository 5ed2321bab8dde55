import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from './index.ts';
import { issueOne, send } from './testing.ts';

let sandbox: Sandbox<'nylas'>;
beforeAll(async () => {
  sandbox = await startSandbox('nylas');
});
afterEach(() => {
  sandbox.setBehaviour({
    wrongKeyStatus: 401,
    acceptsRefreshTokens: false,
    deadTokenError: 'invalid_token',
    tokenInfoOutlivesToken: false,
  });
});
afterAll(() => sandbox.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const revoke = (token: string, headers: Record<string, string> = {}, body?: string) =>
  send(sandbox, 'POST', `/v3/connect/revoke?${new URLSearchParams({ token })}`, {
    headers: { ...bearer(sandbox.secret.apiKey ?? ''), ...headers },
    ...(body === undefined ? {} : { body }),
  });
const tokenInfo = (token: string) =>
  send(sandbox, 'GET', `/v3/connect/tokeninfo?access_token=${token}`, {
    headers: bearer(sandbox.secret.apiKey ?? ''),
  });

/** The shape of the OAuth endpoints' own errors. */
const oauthError = (error: string) => ({
  status: 400,
  body: {
    error,
    error_code: expect.any(Number),
    error_description: expect.any(String),
    error_uri: expect.any(String),
    request_id: expect.any(String),
  },
});
const generalError = (status: number, type: string) => ({
  status,
  body: { request_id: expect.any(String), error: { type, message: expect.any(String) } },
});

describe('revocation', () => {
  test('takes the child access tokens and the parent refresh token along', async () => {
    const { token, pair, siblings = [] } = await issueOne(sandbox, { accessTokensPerGrant: 3 });
    expect(siblings).toHaveLength(2);
    const reply = await revoke(token);
    expect(reply).toMatchObject({ status: 200, body: { request_id: expect.any(String) } });
    expect(await sandbox.alive([token, pair, ...siblings])).toEqual([]);
  });

  test('takes no body, or an empty JSON object', async () => {
    const { token } = await issueOne(sandbox);
    const headers = { 'content-type': 'application/json' };
    expect(await revoke(token, headers, '{}')).toMatchObject({ status: 200 });
  });

  test('a form is refused and revokes nothing', async () => {
    const { token } = await issueOne(sandbox);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await revoke(token, headers, '')).toMatchObject(oauthError('invalid_request'));
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test.each([
    { dead: true },
    { foreign: true },
    { expiresInSeconds: 0 },
    { type: 'refresh_token' as const },
  ])('a token issued as %j is 400', async (request) => {
    const { token } = await issueOne(sandbox, request);
    const before = await sandbox.isAlive(token);
    expect(await revoke(token)).toMatchObject(oauthError('invalid_token'));
    expect(await sandbox.isAlive(token)).toBe(before);
  });

  test('unknown and missing tokens are 400', async () => {
    expect(await revoke('no such token/+=')).toMatchObject(oauthError('invalid_token'));
    expect(await revoke('')).toMatchObject(oauthError('invalid_request'));
  });

  test('what is undocumented can be told', async () => {
    sandbox.setBehaviour({ acceptsRefreshTokens: true, deadTokenError: 'token_expired' });
    const { token } = await issueOne(sandbox, { type: 'refresh_token' });
    expect(await revoke(token)).toMatchObject({ status: 200 });
    expect(await revoke(token)).toMatchObject(oauthError('token_expired'));
  });
});

describe('the API key', () => {
  test('when wrong or missing is 401 in the general shape', async () => {
    const { token } = await issueOne(sandbox);
    const unauthorized = generalError(401, 'api.authentication_error');
    expect(await revoke(token, bearer('nyk_wrong'))).toMatchObject(unauthorized);
    expect(await revoke(token, { authorization: '' })).toMatchObject(unauthorized);
    expect(await sandbox.isAlive(token)).toBe(true);
    expect(sandbox.stats().unauthorized).toBe(2);
  });

  test('when wrong is 400 where told so', async () => {
    sandbox.setBehaviour({ wrongKeyStatus: 400 });
    const expected = generalError(400, 'token.unauthorized_access');
    expect(await revoke('t', bearer('nyk_wrong'))).toMatchObject(expected);
  });

  test('may be an access token of the application', async () => {
    const { token } = await issueOne(sandbox);
    expect(await revoke(token, bearer(token))).toMatchObject({ status: 200 });
    const { token: foreign } = await issueOne(sandbox, { foreign: true });
    expect(await revoke(token, bearer(foreign))).toMatchObject({ status: 401 });
  });
});

describe('tokeninfo', () => {
  test('tells a live token from a dead one', async () => {
    const { token } = await issueOne(sandbox);
    expect(await tokenInfo(token)).toMatchObject({
      status: 200,
      body: {
        request_id: expect.any(String),
        data: { sub: expect.any(String), exp: expect.any(Number) },
      },
    });
    await revoke(token);
    expect(await tokenInfo(token)).toMatchObject(oauthError('invalid_token'));
  });

  test('can be told to ignore revocation', async () => {
    sandbox.setBehaviour({ tokenInfoOutlivesToken: true });
    const { token } = await issueOne(sandbox, { dead: true });
    expect(await tokenInfo(token)).toMatchObject({ status: 200 });
    const { token: expired } = await issueOne(sandbox, { expiresInSeconds: 0 });
    expect(await tokenInfo(expired)).toMatchObject({ status: 400 });
  });
});

test('a throttled answer carries an error object and no Retry-After', async () => {
  await using own = await startSandbox('nylas', { faults: { throttle: {} } });
  const reply = await send(own, 'POST', '/v3/connect/revoke?token=t');
  expect(reply).toMatchObject(generalError(429, 'nylas_rate_limit_exceeded'));
  expect(reply.headers.has('retry-after')).toBe(false);
});

test('other paths are not found', async () => {
  expect(await send(sandbox, 'POST', '/connect/revoke')).toMatchObject(
    generalError(404, 'api.not_found_error'),
  );
});
