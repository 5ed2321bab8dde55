import { expect, test } from 'vitest';
import type { Send } from '../adapter.ts';
import { ConfigurationFault } from '../faults.ts';
import { findEndpoints } from './endpoints.ts';
import { options } from './options.ts';

const find = (baseUrl: string | undefined, given: object, send: Send = nobody) =>
  findEndpoints({ id: 'p', baseUrl, options: options.parse(given) }, send);

const nobody: Send = () => Promise.reject(new Error('nobody was to be called'));

const metadata =
  (issuer: string): Send =>
  async ({ url }) => ({
    status: url === `${issuer}/.well-known/openid-configuration` ? 200 : 404,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      issuer,
      revocation_endpoint: `${issuer}/found/revoke`,
      introspection_endpoint: `${issuer}/found/introspect`,
    }),
  });

test.each<[string, string | undefined, object, object]>([
  [
    'an absolute endpoint alone',
    undefined,
    { revocationEndpoint: 'https://api.example/v1/revoke?a=b' },
    { issuer: 'https://api.example', revocation: 'https://api.example/v1/revoke?a=b' },
  ],
  [
    'paths below the base URL, whose own path is kept',
    'https://as.example/realms/acme',
    { revocationEndpoint: '/revoke', introspectionEndpoint: '/introspect?v=1' },
    {
      issuer: 'https://as.example/realms/acme',
      revocation: 'https://as.example/realms/acme/revoke',
      introspection: 'https://as.example/realms/acme/introspect?v=1',
    },
  ],
  [
    'paths below the issuer',
    undefined,
    { issuer: 'https://as.example/', revocationEndpoint: '/revoke' },
    { issuer: 'https://as.example/', revocation: 'https://as.example/revoke' },
  ],
  [
    'an issuer that is not where the endpoints are',
    'https://api.example',
    { issuer: 'https://as.example', revocationEndpoint: '/revoke' },
    { issuer: 'https://as.example', revocation: 'https://api.example/revoke' },
  ],
])('takes %s without calling anybody', async (_, baseUrl, given, endpoints) => {
  expect(await find(baseUrl, given)).toEqual({ introspection: undefined, ...endpoints });
});

test('discovers at the base URL, or at the issuer if there is one', async () => {
  const send = metadata('https://as.example');
  const found = {
    issuer: 'https://as.example',
    revocation: 'https://as.example/found/revoke',
    introspection: 'https://as.example/found/introspect',
  };
  expect(await find('https://as.example', {}, send)).toEqual(found);
  const issuer = { issuer: 'https://as.example' };
  expect(await find('https://api.example', issuer, send)).toEqual(found);
});

test('prefers a configured look-up to a discovered one', async () => {
  const given = { introspectionEndpoint: '/my/introspect' };
  const found = await find('https://as.example', given, metadata('https://as.example'));
  expect(found).toMatchObject({
    revocation: 'https://as.example/found/revoke',
    introspection: 'https://as.example/my/introspect',
  });
});

test.each<[object, RegExp]>([
  [{}, /^provider p: set a baseUrl, options.issuer or options.revocationEndpoint$/],
  [{ revocationEndpoint: '/revoke' }, /^provider p: options.revocationEndpoint is a path/],
  [{ issuer: 'https://a.example', introspectionEndpoint: '/i' }, /nobody was to be called/],
  [{ introspectionEndpoint: '/i' }, /^provider p: options.introspectionEndpoint is a path/],
])('says what %o lacks', async (given, message) => {
  await expect(find(undefined, given)).rejects.toThrow(message);
});

test('blames the configuration', async () => {
  await expect(find(undefined, {})).rejects.toBeInstanceOf(ConfigurationFault);
});
