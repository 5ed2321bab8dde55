import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from './index.ts';
import { basic, issueOne, posted, send, sendForm } from './testing.ts';

let sandbox: Sandbox<'polar'>;
beforeAll(async () => {
  sandbox = await startSandbox('polar');
});
afterAll(() => sandbox.close());

const path = '/v1/oauth2/revoke';
const introspectPath = '/v1/oauth2/introspect';
const revoke = (fields: Record<string, string | undefined>) =>
  sendForm(sandbox, path, { ...posted(sandbox), ...fields });

describe('revocation', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'an %s takes its pair along',
    async (type) => {
      const { token, pair } = await issueOne(sandbox, { type });
      expect(await sandbox.alive([token, pair])).toEqual([token, pair]);
      const reply = await revoke({ token });
      expect(reply).toMatchObject({ status: 200, body: {} });
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        pragma: 'no-cache',
      });
      expect(await sandbox.alive([token, pair])).toEqual([]);
    },
  );

  test('tokens look like Polar’s', async () => {
    const { token, pair } = await issueOne(sandbox);
    expect(token).toMatch(/^polar_at_u_[0-9A-Za-z]{43}$/);
    expect(pair).toMatch(/^polar_rt_u_[0-9A-Za-z]{43}$/);
  });

  test.each(['polar_at_u_unknown', 'garbage ü', ''])(
    'an unknown token (%j) is 200 too',
    async (token) => {
      expect(await revoke({ token })).toMatchObject({ status: 200, body: {} });
    },
  );

  test('so is a dead one', async () => {
    const { token } = await issueOne(sandbox, { dead: true });
    expect(await revoke({ token })).toMatchObject({ status: 200, body: {} });
  });

  test.each([
    ['access_token', 'refresh_token'],
    ['refresh_token', 'access_token'],
  ] as const)('an %s under the hint %s is 200 and lives on', async (type, hint) => {
    const { token, pair } = await issueOne(sandbox, { type });
    expect(await revoke({ token, token_type_hint: hint })).toMatchObject({ status: 200, body: {} });
    expect(await sandbox.alive([token, pair])).toEqual([token, pair]);
  });

  test.each(['access_token', 'refresh_token'] as const)(
    'an %s under its own hint dies',
    async (type) => {
      const { token, pair } = await issueOne(sandbox, { type });
      await revoke({ token, token_type_hint: type });
      expect(await sandbox.alive([token, pair])).toEqual([]);
    },
  );

  test('another client’s token is refused and lives on', async () => {
    const { token } = await issueOne(sandbox, { foreign: true });
    const reply = await revoke({ token });
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('a missing token is 400', async () => {
    expect(await revoke({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  test('an unknown hint is 401 without a challenge', async () => {
    const { token } = await issueOne(sandbox);
    const reply = await revoke({ token, token_type_hint: 'id_token' });
    expect(reply).toMatchObject({ status: 401, body: { error: 'unsupported_token_type' } });
    expect(reply.headers.has('www-authenticate')).toBe(false);
    expect(await sandbox.isAlive(token)).toBe(true);
  });
});

describe('client authentication', () => {
  const unknownClient = {
    error: 'invalid_client',
    error_description: 'The client does not exist on this server.',
  };
  const cannotAuthenticate = {
    error: 'invalid_client',
    error_description:
      "The client cannot authenticate with methods: ['client_secret_basic', 'client_secret_post']",
  };

  test('Basic does as well, percent-encoded or not', async () => {
    const { clientId = '', clientSecret = '' } = sandbox.secret;
    for (const id of [clientId, clientId.replace('_', '%5F')]) {
      const { token } = await issueOne(sandbox);
      const headers = basic({ clientId: id, clientSecret });
      expect(await sendForm(sandbox, path, { token }, { headers })).toMatchObject({ status: 200 });
      expect(await sandbox.isAlive(token)).toBe(false);
    }
  });

  test('an unknown client is 400 by body and 401 by Basic', async () => {
    const byBody = await revoke({ token: 't', client_id: 'polar_ci_nobody' });
    expect(byBody).toMatchObject({ status: 400, body: unknownClient });
    expect(byBody.headers.has('www-authenticate')).toBe(false);
    const headers = basic({ clientId: 'polar_ci_nobody', clientSecret: 's' });
    const byBasic = await sendForm(sandbox, path, { token: 't' }, { headers });
    expect(byBasic).toMatchObject({ status: 401, body: unknownClient });
    expect(byBasic.headers.get('www-authenticate')).toMatch(/^Basic error="invalid_client", /);
  });

  test.each([
    ['a wrong secret', { client_secret: 'wrong' }],
    ['no credentials', { client_id: undefined, client_secret: undefined }],
    ['a client id alone', { client_secret: undefined }],
  ])('%s is 401', async (_, fields) => {
    const { token } = await issueOne(sandbox);
    const reply = await revoke({ token, ...fields });
    expect(reply).toMatchObject({ status: 401, body: cannotAuthenticate });
    expect(reply.headers.get('www-authenticate')).toContain('invalid_client');
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('a JSON body and a query are read as nothing', async () => {
    const { token } = await issueOne(sandbox);
    const fields = { ...sandbox.secret, token };
    const headers = { 'content-type': 'application/json' };
    const asJson = await send(sandbox, 'POST', path, { headers, body: JSON.stringify(fields) });
    expect(asJson).toMatchObject({ status: 401, body: cannotAuthenticate });
    const inQuery = await sendForm(sandbox, `${path}?token=${token}`, posted(sandbox));
    expect(inQuery).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('comes before parameters', async () => {
    const reply = await revoke({ client_secret: 'wrong', token_type_hint: 'id_token' });
    expect(reply).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  test('is counted when refused', async () => {
    await using own = await startSandbox('polar');
    await sendForm(own, path, { token: 't' });
    await sendForm(own, path, { token: 't', client_id: 'polar_ci_nobody', client_secret: 's' });
    expect(own.stats()).toMatchObject({ unauthorized: 2, byStatus: { 400: 1, 401: 1 } });
  });
});

describe('introspection', () => {
  const introspect = (fields: Record<string, string>) =>
    sendForm(sandbox, introspectPath, { ...posted(sandbox), ...fields });
  const inactive = { status: 200, body: { active: false } };

  test('tells a live token from a dead one', async () => {
    const { token } = await issueOne(sandbox);
    expect(await introspect({ token })).toMatchObject({
      status: 200,
      body: { active: true, client_id: sandbox.secret.clientId, token_type: 'Bearer' },
    });
    await revoke({ token });
    expect(await introspect({ token })).toMatchObject(inactive);
  });

  test('calls foreign tokens, and live ones under a wrong hint, inactive', async () => {
    const { token: foreign } = await issueOne(sandbox, { foreign: true });
    expect(await introspect({ token: foreign })).toMatchObject(inactive);
    const { token } = await issueOne(sandbox);
    expect(await introspect({ token, token_type_hint: 'refresh_token' })).toMatchObject(inactive);
  });

  test('calls a living refresh token inactive once its access token has expired', async () => {
    const { token } = await issueOne(sandbox, { type: 'refresh_token', expiresInSeconds: 0 });
    expect(await introspect({ token })).toMatchObject(inactive);
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('userinfo is 401 for a dead token', async () => {
    const { token } = await issueOne(sandbox);
    const headers = { authorization: `Bearer ${token}` };
    expect(await send(sandbox, 'GET', '/v1/oauth2/userinfo', { headers })).toMatchObject({
      status: 200,
    });
    await sandbox.revoke([token]);
    expect(await send(sandbox, 'GET', '/v1/oauth2/userinfo', { headers })).toMatchObject({
      status: 401,
      body: { error: 'invalid_token' },
    });
  });
});

test('a throttled answer has no body and a lower-case retry-after in whole seconds', async () => {
  await using own = await startSandbox('polar', { faults: { throttle: {} } });
  const reply = await sendForm(own, path, { ...posted(own), token: 't' });
  expect(reply).toMatchObject({ status: 429, body: '' });
  expect(reply.headers.get('retry-after')).toBe('1');
});

test('other paths and methods are not found', async () => {
  expect(await send(sandbox, 'POST', '/v1/nothing')).toMatchObject({
    status: 404,
    body: { detail: 'Not Found' },
  });
  expect(await send(sandbox, 'GET', path)).toMatchObject({ status: 405 });
});
