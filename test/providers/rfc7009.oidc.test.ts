import { generateKeyPairSync } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ProviderClient } from '../../shared/providers/adapter.ts';
import { ConfigurationFault } from '../../shared/providers/faults.ts';
import { adapter } from '../../shared/providers/rfc7009/adapter.ts';
import { createTransport } from '../../shared/providers/transport.ts';

/*
 * The adapter against a certified OpenID Provider: https://github.com/panva/node-oidc-provider.
 * Tokens are issued through its own models, revoked over HTTP, and looked up to see that they died.
 */

interface Saved {
  save(): Promise<string>;
}
type Model = new (properties: object) => Saved;
interface OpenIdProvider {
  readonly AccessToken: Model;
  readonly RefreshToken: Model;
  readonly Grant: Model;
  readonly Client: { find(id: string): Promise<object | undefined> };
  callback(): RequestListener;
}
/** The package ships no types; these are what is used of it here. */
const {
  default: Provider,
}: { default: new (issuer: string, configuration: object) => OpenIdProvider } = createRequire(
  import.meta.url,
)('oidc-provider');

const ec = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = 'key-1';
  return {
    privateKey: { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', kid },
    publicKey: { ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid },
  };
};
const clientKey = ec();
const clientSecret = 's3cr:t+%/~ x';

const secrets = {
  client_secret_basic: { clientId: 'client:basic', clientSecret },
  client_secret_post: { clientId: 'client:post', clientSecret },
  private_key_jwt: { clientId: 'client:jwt', privateKey: clientKey.privateKey },
  none: { clientId: 'client:none' },
} as const;
type Method = keyof typeof secrets;
const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
const tokenTypes = ['access_token', 'refresh_token'] as const;

const registered = methods.map((method) => ({
  client_id: secrets[method].clientId,
  token_endpoint_auth_method: method,
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['https://client.example/back'],
  ...(method.startsWith('client_secret') ? { client_secret: clientSecret } : {}),
  ...(method === 'private_key_jwt' ? { jwks: { keys: [clientKey.publicKey] } } : {}),
}));

const server = createServer();
let origin = '';
let provider: OpenIdProvider;

beforeAll(async () => {
  // It warns of its development defaults, which are what a test wants.
  vi.spyOn(console, 'warn').mockReturnValue();
  vi.spyOn(console, 'info').mockReturnValue();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  origin = `http://127.0.0.1:${address.port}`;
  provider = new Provider(origin, {
    clients: registered,
    features: {
      revocation: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
    },
    ttl: { AccessToken: 600, RefreshToken: 600, Grant: 600 },
  });
  server.on('request', provider.callback());
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  vi.restoreAllMocks();
});

const connect = (clientAuth: Method, secret: object = secrets[clientAuth], baseUrl = origin) =>
  adapter
    .configure({ id: 'p', baseUrl, options: { clientAuth } })
    .connect(JSON.stringify(secret), send);
const send = createTransport(5000);

/** A pair of tokens as an authorization of one user for one client gives it. */
async function issue(method: Method): Promise<Record<(typeof tokenTypes)[number], string>> {
  const { clientId } = secrets[method];
  const client = await provider.Client.find(clientId);
  const grantId = await new provider.Grant({ clientId, accountId: 'user' }).save();
  const token = { client, accountId: 'user', grantId, gty: 'authorization_code', scope: 'openid' };
  return {
    access_token: await new provider.AccessToken(token).save(),
    refresh_token: await new provider.RefreshToken(token).save(),
  };
}

const revoke = async (client: ProviderClient, token: string) =>
  client.judge(await send(await client.revocation({ token }, 'rev_1/0/0')), { token });

async function look(client: ProviderClient, token: string) {
  const request = await client.verification?.request({ token });
  if (request === undefined) return expect.fail('no introspection endpoint was discovered');
  return client.verification?.judge(await send(request), { token });
}

describe.each(methods)('with %s', (method) => {
  test.each(tokenTypes)('revokes an %s so that introspection finds it dead', async (tokenType) => {
    const client = await connect(method);
    const token = (await issue(method))[tokenType];
    expect(await look(client, token)).toEqual({ kind: 'alive' });
    expect(await revoke(client, token)).toEqual({ kind: 'revoked' });
    expect(await look(client, token)).toEqual({ kind: 'dead' });
    // RFC 7009 §2.2: a dead token is no error.
    expect(await revoke(client, token)).toEqual({ kind: 'revoked' });
  });
});

test.each<[Method, object]>([
  ['client_secret_basic', { ...secrets.client_secret_basic, clientSecret: 'wrong' }],
  ['client_secret_post', { ...secrets.client_secret_post, clientSecret: 'wrong' }],
  ['private_key_jwt', { ...secrets.private_key_jwt, privateKey: ec().privateKey }],
  ['client_secret_basic', { ...secrets.client_secret_basic, clientId: 'nobody' }],
  ['none', { clientId: secrets.client_secret_post.clientId }],
])('knows wrong credentials of %s', async (method, secret) => {
  const { access_token: token } = await issue(method);
  const wrong = await connect(method, secret);
  const verdict = { kind: 'misconfigured', detail: 'http 401 invalid_client', credentials: true };
  expect(await revoke(wrong, token)).toEqual(verdict);
  expect(await look(wrong, token)).toEqual({ kind: 'unknown', verdict });
  expect(await look(await connect(method), token)).toEqual({ kind: 'alive' });
});

test('is refused another client’s token', async () => {
  const { refresh_token: token } = await issue('client_secret_post');
  expect(await revoke(await connect('client_secret_basic'), token)).toEqual({
    kind: 'refused',
    detail: 'http 400 invalid_request',
  });
});

test('is told that a self-contained token cannot be revoked', async () => {
  const jwt = new SignJWT({}).setProtectedHeader({ alg: 'HS256' });
  const token = await jwt.sign(Buffer.alloc(32));
  expect(await revoke(await connect('client_secret_basic'), token)).toEqual({
    kind: 'unsupported',
    detail: 'http 400 unsupported_token_type',
  });
});

test('does not take a server’s other name for its issuer', async () => {
  const connecting = connect('none', secrets.none, origin.replace('127.0.0.1', 'localhost'));
  await expect(connecting).rejects.toBeInstanceOf(ConfigurationFault);
  await expect(connecting).rejects.toThrow('openid-configuration: names another issuer');
});
