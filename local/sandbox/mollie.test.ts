import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from './index.ts';
import { basic, issueOne, posted, send, sendForm } from './testing.ts';

let sandbox: Sandbox<'mollie'>;
beforeAll(async () => {
  sandbox = await startSandbox('mollie');
});
afterEach(() => {
  sandbox.setBehaviour({ deadToken: 'not_found', wrongHint: 'not_found' });
});
afterAll(() => sandbox.close());

const path = '/oauth2/tokens';
const revoke = (fields: Record<string, string | undefined>, headers = basic(sandbox.secret)) =>
  sendForm(sandbox, path, fields, { method: 'DELETE', headers });
const hal = (status: number, title: string) => ({
  status,
  body: { status, title, detail: expect.any(String), _links: { documentation: expect.anything() } },
});

describe('revocation', () => {
  test('of a refresh token kills every access token of its authorization', async () => {
    const request = { type: 'refresh_token', accessTokensPerGrant: 2 } as const;
    const { token, pair, siblings = [] } = await issueOne(sandbox, request);
    expect(token).toMatch(/^refresh_/);
    expect(siblings).toHaveLength(1);
    const reply = await revoke({ token, token_type_hint: 'refresh_token' });
    expect(reply).toMatchObject({ status: 204, body: '' });
    expect(reply.headers.get('content-type')).toBe('application/hal+json');
    expect(await sandbox.alive([token, pair, ...siblings])).toEqual([]);
  });

  test('of an access token kills it alone', async () => {
    const { token, pair, siblings = [] } = await issueOne(sandbox, { accessTokensPerGrant: 2 });
    expect(token).toMatch(/^access_/);
    expect(await revoke({ token, token_type_hint: 'access_token' })).toMatchObject({ status: 204 });
    expect(await sandbox.alive([token, pair, ...siblings])).toEqual([pair, ...siblings]);
  });

  test('takes JSON as well', async () => {
    const { token } = await issueOne(sandbox);
    const headers = { ...basic(sandbox.secret), 'content-type': 'application/json' };
    const body = JSON.stringify({ token, token_type_hint: 'access_token' });
    expect(await send(sandbox, 'DELETE', path, { headers, body })).toMatchObject({ status: 204 });
    expect(await sandbox.isAlive(token)).toBe(false);
  });

  test.each([
    ['no hint', { token: 't' }],
    ['an unknown hint', { token: 't', token_type_hint: 'id_token' }],
    ['no token', { token_type_hint: 'access_token' }],
  ])('with %s is 400', async (_, fields) => {
    const reply = await revoke(fields);
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(reply.body).not.toHaveProperty('status');
  });

  test.each([{ dead: true }, { foreign: true }, { expiresInSeconds: 0 }])(
    'of a token issued as %j is 404 until told otherwise',
    async (request) => {
      const { token } = await issueOne(sandbox, request);
      const fields = { token, token_type_hint: 'access_token' };
      expect(await revoke(fields)).toMatchObject(hal(404, 'Not Found'));
      sandbox.setBehaviour({ deadToken: 'no_content' });
      expect(await revoke(fields)).toMatchObject({ status: 204 });
      sandbox.setBehaviour({ deadToken: 'bad_request' });
      expect(await revoke(fields)).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
    },
  );

  test('under the wrong hint is 404 and leaves the token alive', async () => {
    const { token } = await issueOne(sandbox);
    const fields = { token, token_type_hint: 'refresh_token' };
    expect(await revoke(fields)).toMatchObject(hal(404, 'Not Found'));
    sandbox.setBehaviour({ wrongHint: 'no_content' });
    expect(await revoke(fields)).toMatchObject({ status: 204 });
    expect(await sandbox.isAlive(token)).toBe(true);
    sandbox.setBehaviour({ wrongHint: 'honoured' });
    expect(await revoke(fields)).toMatchObject({ status: 204 });
    expect(await sandbox.isAlive(token)).toBe(false);
  });

  test('a repeated Idempotency-Key gets the first answer again', async () => {
    const { token } = await issueOne(sandbox);
    const fields = { token, token_type_hint: 'access_token' };
    const keyed = { ...basic(sandbox.secret), 'idempotency-key': 'key-1' };
    expect(await revoke(fields, keyed)).toMatchObject({ status: 204 });
    expect(await revoke(fields, keyed)).toMatchObject({ status: 204 });
    expect(await revoke(fields)).toMatchObject({ status: 404 });
  });
});

describe('credentials', () => {
  test.each([
    ['a wrong secret', () => basic({ ...sandbox.secret, clientSecret: 'wrong' })],
    ['a bearer', () => ({ authorization: 'Bearer access_token' })],
    ['nothing', () => ({})],
  ])('%s is 401', async (_, headers) => {
    const { token } = await issueOne(sandbox);
    const reply = await revoke({ token, token_type_hint: 'access_token' }, headers());
    expect(reply).toMatchObject(hal(401, 'Unauthorized Request'));
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('may be in the body', async () => {
    const { token } = await issueOne(sandbox);
    const fields = { ...posted(sandbox), token, token_type_hint: 'access_token' };
    expect(await revoke(fields, {})).toMatchObject({ status: 204 });
  });
});

describe('near misses', () => {
  test('POST meets the token endpoint', async () => {
    const headers = basic(sandbox.secret);
    const reply = await sendForm(sandbox, path, { token: 't' }, { headers });
    expect(reply).toMatchObject({
      status: 400,
      body: {
        error: 'invalid_request',
        error_description: 'The grant type was not specified in the request',
      },
    });
  });

  test('/v2 is 404', async () => {
    expect(await send(sandbox, 'DELETE', '/v2/oauth2/tokens')).toMatchObject(hal(404, 'Not Found'));
  });
});

test('an access token shows whether it is alive', async () => {
  const { token } = await issueOne(sandbox);
  const headers = { authorization: `Bearer ${token}` };
  expect(await send(sandbox, 'GET', '/v2/organizations/me', { headers })).toMatchObject({
    status: 200,
  });
  await sandbox.revoke([token]);
  expect(await send(sandbox, 'GET', '/v2/organizations/me', { headers })).toMatchObject({
    status: 401,
  });
});

test('a throttled answer is HAL without Retry-After', async () => {
  await using own = await startSandbox('mollie', { faults: { throttle: {} } });
  const reply = await send(own, 'DELETE', path);
  expect(reply).toMatchObject(hal(429, 'Too Many Requests'));
  expect(reply.headers.has('retry-after')).toBe(false);
});
