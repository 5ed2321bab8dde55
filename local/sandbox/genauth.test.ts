import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from './index.ts';
import { basic, issueOne, posted, send, sendForm } from './testing.ts';

let sandbox: Sandbox<'genauth'>;
beforeAll(async () => {
  sandbox = await startSandbox('genauth');
});
afterEach(() => {
  sandbox.setBehaviour({
    clientAuth: 'client_secret_post',
    introspectionClientAuth: undefined,
    reach: 'refresh_kills_grant',
    foreignToken: 'ignored',
    gateway: 'off',
    throttleStatus: 429,
  });
});
afterAll(() => sandbox.close());

const path = '/oidc/token/revocation';
const introspectionPath = '/oidc/token/introspection';
const revoke = (fields: Record<string, string | undefined>) =>
  sendForm(sandbox, path, { ...posted(sandbox), ...fields });
const done = { status: 200, body: '' };
const invalidClient = { status: 401, body: { error: 'invalid_client' } };

describe('revocation', () => {
  test.each([path, '/oauth/token/revocation'])('%s answers 200 without a body', async (at) => {
    const { token } = await issueOne(sandbox);
    expect(await sendForm(sandbox, at, { ...posted(sandbox), token })).toMatchObject(done);
    expect(await sandbox.isAlive(token)).toBe(false);
  });

  test('so do dead and unknown tokens', async () => {
    const { token } = await issueOne(sandbox, { dead: true });
    expect(await revoke({ token })).toMatchObject(done);
    expect(await revoke({ token: 'unknown' })).toMatchObject(done);
  });

  test('another application’s token lives on, silently or not', async () => {
    const { token } = await issueOne(sandbox, { foreign: true });
    expect(await revoke({ token })).toMatchObject(done);
    sandbox.setBehaviour({ foreignToken: 'refused' });
    expect(await revoke({ token })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test.each([
    ['refresh_kills_grant', 'access_token', 1],
    ['refresh_kills_grant', 'refresh_token', 0],
    ['grant', 'access_token', 0],
    ['token', 'refresh_token', 1],
  ] as const)('with reach %s an %s leaves %i of its pair', async (reach, type, left) => {
    sandbox.setBehaviour({ reach });
    const { token, pair } = await issueOne(sandbox, { type });
    await revoke({ token });
    expect(await sandbox.alive([token, pair])).toHaveLength(left);
  });

  test('access tokens are JWTs', async () => {
    const { token, pair } = await issueOne(sandbox);
    expect(token.split('.')).toHaveLength(3);
    expect(pair).not.toContain('.');
  });

  test('a missing token and another content type are 400', async () => {
    expect(await revoke({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const headers = { 'content-type': 'application/json' };
    expect(await send(sandbox, 'POST', path, { headers, body: '{}' })).toMatchObject({
      status: 400,
    });
  });
});

describe('client authentication', () => {
  test('takes the configured method alone', async () => {
    const id = { client_id: sandbox.secret.clientId };
    const requests = {
      client_secret_post: (token: string) => sendForm(sandbox, path, { ...posted(sandbox), token }),
      client_secret_basic: (token: string) =>
        sendForm(sandbox, path, { token }, { headers: basic(sandbox.secret) }),
      none: (token: string) => sendForm(sandbox, path, { ...id, token }),
    };
    const methods = ['client_secret_post', 'client_secret_basic', 'none'] as const;
    for (const clientAuth of methods) {
      sandbox.setBehaviour({ clientAuth });
      expect(sandbox.provider.options).toMatchObject({ clientAuth });
      for (const used of methods) {
        const { token } = await issueOne(sandbox);
        const reply = await requests[used](token);
        expect(reply).toMatchObject(used === clientAuth ? done : invalidClient);
        expect(await sandbox.isAlive(token)).toBe(used !== clientAuth);
      }
    }
  });

  test('a wrong secret or client is 401, none at all 400', async () => {
    expect(await revoke({ token: 't', client_secret: 'wrong' })).toMatchObject(invalidClient);
    expect(await revoke({ token: 't', client_id: 'nobody' })).toMatchObject(invalidClient);
    const none = await sendForm(sandbox, path, { token: 't' });
    expect(none).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('for introspection is a setting of its own', async () => {
    sandbox.setBehaviour({ introspectionClientAuth: 'client_secret_basic' });
    const { token } = await issueOne(sandbox);
    const byPost = await sendForm(sandbox, introspectionPath, { ...posted(sandbox), token });
    expect(byPost).toMatchObject(invalidClient);
    const headers = basic(sandbox.secret);
    const byBasic = await sendForm(sandbox, introspectionPath, { token }, { headers });
    expect(byBasic).toMatchObject({ status: 200, body: { active: true } });
  });
});

test('introspection tells a live token from dead and foreign ones', async () => {
  const introspect = (token: string) =>
    sendForm(sandbox, introspectionPath, { ...posted(sandbox), token });
  const { token } = await issueOne(sandbox);
  expect(await introspect(token)).toMatchObject({
    body: { active: true, client_id: sandbox.secret.clientId, jti: expect.any(String) },
  });
  await revoke({ token });
  expect(await introspect(token)).toMatchObject({ status: 200, body: { active: false } });
  const { token: foreign } = await issueOne(sandbox, { foreign: true });
  expect(await introspect(foreign)).toMatchObject({ status: 200, body: { active: false } });
});

test('gateway errors come as HTTP 200 and revoke nothing', async () => {
  const { token } = await issueOne(sandbox);
  sandbox.setBehaviour({ gateway: 'forbidden' });
  expect(await revoke({ token })).toMatchObject({
    status: 200,
    body: { statusCode: 403, apiCode: 2333 },
  });
  sandbox.setBehaviour({ gateway: 'throttled' });
  expect(await revoke({ token })).toMatchObject({ status: 200, body: { statusCode: 429 } });
  expect(await sandbox.isAlive(token)).toBe(true);
});

test('a throttled answer says 429 in its body, whatever its status line', async () => {
  await using own = await startSandbox('genauth', { faults: { throttle: {} } });
  expect(await send(own, 'POST', path)).toMatchObject({ status: 429, body: { statusCode: 429 } });
  own.setBehaviour({ throttleStatus: 200 });
  expect(await send(own, 'POST', path)).toMatchObject({ status: 200, body: { statusCode: 429 } });
  expect(own.stats().throttled).toBe(2);
});
