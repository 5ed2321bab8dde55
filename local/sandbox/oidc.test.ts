import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Sandbox, startSandbox } from './index.ts';
import { basic, issueOne, send, sendForm } from './testing.ts';

let sandbox: Sandbox<'rfc7009'>;
const printed = vi.spyOn(console, 'warn');
const informed = vi.spyOn(console, 'info');
beforeAll(async () => {
  sandbox = await startSandbox('rfc7009');
});
afterAll(() => sandbox.close());

const path = '/token/revocation';
const revoke = (fields: Record<string, string>, headers = basic(sandbox.secret)) =>
  sendForm(sandbox, path, fields, { headers });
const introspect = (fields: Record<string, string>) =>
  sendForm(sandbox, '/token/introspection', fields, { headers: basic(sandbox.secret) });
const done = { status: 200, body: '' };

describe('revocation', () => {
  test.each(['access_token', 'refresh_token'] as const)(
    'of an %s kills the grant',
    async (type) => {
      const { token, pair } = await issueOne(sandbox, { type });
      expect(await sandbox.alive([token, pair])).toEqual([token, pair]);
      expect(await revoke({ token })).toMatchObject(done);
      expect(await sandbox.alive([token, pair])).toEqual([]);
    },
  );

  test('extends the search beyond a wrong hint, as RFC 7009 has it', async () => {
    const { token } = await issueOne(sandbox);
    expect(await revoke({ token, token_type_hint: 'refresh_token' })).toMatchObject(done);
    expect(await sandbox.isAlive(token)).toBe(false);
  });

  test('of a dead, expired or unknown token is 200', async () => {
    const { token: dead } = await issueOne(sandbox, { dead: true });
    const { token: expired } = await issueOne(sandbox, { expiresInSeconds: 0 });
    for (const token of [dead, expired, 'unknown']) {
      expect(await sandbox.isAlive(token)).toBe(false);
      expect(await revoke({ token })).toMatchObject(done);
    }
  });

  test('of another client’s token is 400', async () => {
    const { token } = await issueOne(sandbox, { foreign: true });
    expect(await revoke({ token })).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    });
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('without a token is 400', async () => {
    expect(await revoke({})).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });
});

test('credentials may be percent-encoded, and must be right', async () => {
  const { clientId = '', clientSecret = '' } = sandbox.secret;
  const { token } = await issueOne(sandbox);
  const wrong = await revoke({ token }, basic({ clientId, clientSecret: 'wrong' }));
  expect(wrong).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(sandbox.stats().unauthorized).toBe(1);
  const encode = (text: string) => text.replaceAll('-', '%2D');
  const encoded = basic({ clientId: encode(clientId), clientSecret: encode(clientSecret) });
  expect(await revoke({ token }, encoded)).toMatchObject(done);
  expect(await sandbox.isAlive(token)).toBe(false);
});

test('introspection follows', async () => {
  const { token } = await issueOne(sandbox);
  expect(await introspect({ token })).toMatchObject({ status: 200, body: { active: true } });
  await sandbox.revoke([token]);
  expect(await introspect({ token })).toMatchObject({ status: 200, body: { active: false } });
});

test('metadata name the endpoints', async () => {
  const reply = await send(sandbox, 'GET', '/.well-known/openid-configuration');
  expect(reply.body).toMatchObject({
    issuer: sandbox.url,
    revocation_endpoint: sandbox.url + path,
  });
  expect(sandbox.provider.options).toMatchObject({ revocationEndpoint: sandbox.url + path });
  sandbox.setBehaviour({ configuredBy: 'issuer' });
  expect(sandbox.provider.options).toMatchObject({ issuer: sandbox.url });
});

test('3,000 tokens are issued and none is forgotten', async () => {
  const issued = await sandbox.issue({ count: 3000 });
  const tokens = issued.map(({ token }) => token);
  expect(new Set(tokens).size).toBe(3000);
  expect(await sandbox.alive(tokens)).toHaveLength(3000);
});

test('the server prints nothing', () => {
  expect(printed).not.toHaveBeenCalled();
  expect(informed).not.toHaveBeenCalled();
});
