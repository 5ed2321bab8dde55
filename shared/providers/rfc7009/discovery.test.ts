import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest, Send } from '../adapter.ts';
import { ConfigurationFault, ConnectFault, TransportFault } from '../faults.ts';
import { discover } from './discovery.ts';

const issuer = 'https://as.example/acme';
const oidc = `${issuer}/.well-known/openid-configuration`;
const oauth = 'https://as.example/.well-known/oauth-authorization-server/acme';
const revocation_endpoint = 'https://api.as.example/revoke?v=2';

const json = (body: unknown, status = 200): HttpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A server of nothing but these documents. */
function server(documents: Record<string, HttpAnswer>): { send: Send; asked: HttpRequest[] } {
  const asked: HttpRequest[] = [];
  const send: Send = async (request) => {
    asked.push(request);
    return documents[request.url] ?? json({ error: 'not_found' }, 404);
  };
  return { send, asked };
}

test('reads OpenID Connect metadata, in our own name', async () => {
  const introspection_endpoint = 'https://as.example/introspect';
  const { send, asked } = server({
    [oidc]: json({ issuer, revocation_endpoint, introspection_endpoint }),
  });
  expect(await discover('p', issuer, send)).toEqual({
    issuer,
    revocation: revocation_endpoint,
    introspection: introspection_endpoint,
  });
  expect(asked).toEqual([{ method: 'GET', url: oidc, headers: { accept: 'application/json' } }]);
});

test('keeps the issuer as the server spells it', async () => {
  const { send } = server({
    'https://as.example/.well-known/openid-configuration': json({
      issuer: 'https://as.example/',
      revocation_endpoint,
    }),
  });
  expect(await discover('p', 'https://as.example', send)).toMatchObject({
    issuer: 'https://as.example/',
  });
});

test.each<[string, HttpAnswer]>([
  ['is missing', json({}, 404)],
  ['is empty', { status: 204, headers: {}, body: '' }],
  ['is a web page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['has no revocation endpoint', json({ issuer })],
  ['is of another issuer', json({ issuer: 'https://other.example', revocation_endpoint })],
])('falls back to RFC 8414 metadata where the first document %s', async (_, first) => {
  const { send, asked } = server({ [oidc]: first, [oauth]: json({ issuer, revocation_endpoint }) });
  const found = await discover('p', issuer, send);
  expect(found).toEqual({ issuer, revocation: revocation_endpoint, introspection: undefined });
  expect(asked.map(({ url }) => url)).toEqual([oidc, oauth]);
});

describe('finds nothing usable', () => {
  test.each<[string, HttpAnswer, string]>([
    ['no document', json({}, 404), 'http 404'],
    [
      'a redirect',
      { status: 301, headers: { location: 'https://x' }, body: '' },
      'http 301, not followed',
    ],
    ['no issuer', json({ revocation_endpoint }), 'is not server metadata'],
    [
      'an issuer that is no URL',
      json({ issuer: 'acme', revocation_endpoint }),
      'is not server metadata',
    ],
    ['another issuer', json({ issuer: 'https://x', revocation_endpoint }), 'names another issuer'],
    ['no endpoint', json({ issuer }), 'names no revocation_endpoint'],
    [
      'an endpoint that is no string',
      json({ issuer, revocation_endpoint: 7 }),
      'its revocation_endpoint must be a string',
    ],
    [
      'a plain http endpoint',
      json({ issuer, revocation_endpoint: 'http://as.example/revoke' }),
      'its revocation_endpoint http is allowed to loopback only',
    ],
    [
      'an endpoint on our own machine',
      json({ issuer, revocation_endpoint: 'http://127.0.0.1:9001/revoke' }),
      'its revocation_endpoint must be https, as the issuer is',
    ],
    [
      'a plain http look-up',
      json({ issuer, revocation_endpoint, introspection_endpoint: 'http://as.example/i' }),
      'its introspection_endpoint http is allowed to loopback only',
    ],
  ])('%s', async (_, document, problem) => {
    const { send } = server({ [oidc]: document });
    const fault = await discover('p', issuer, send).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ConfigurationFault);
    expect(fault).toHaveProperty(
      'message',
      `provider p: discovery at ${issuer} found no revocation endpoint (openid-configuration: ` +
        `${problem}; oauth-authorization-server: http 404). Set options.issuer to the exact ` +
        'issuer, or options.revocationEndpoint',
    );
  });
});

describe('leaves for later', () => {
  test.each<[HttpAnswer, ConnectFault['verdict']]>([
    [
      { status: 503, headers: { 'retry-after': '30' }, body: '' },
      { kind: 'unavailable', detail: 'http 503', retryAfterSeconds: 30 },
    ],
    [
      { status: 429, headers: {}, body: '' },
      { kind: 'throttled', detail: 'http 429' },
    ],
  ])('an answer of %o', async (answer, verdict) => {
    const { send, asked } = server({ [oidc]: answer });
    const fault = await discover('p', issuer, send).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ConnectFault);
    expect(fault).toHaveProperty('verdict', verdict);
    expect(asked).toHaveLength(1);
  });

  test('no answer at all', async () => {
    const fault = new TransportFault('timeout');
    await expect(discover('p', issuer, () => Promise.reject(fault))).rejects.toBe(fault);
  });
});

test('lets a loopback server be all http', async () => {
  const local = 'http://127.0.0.1:3000';
  const { send } = server({
    [`${local}/.well-known/openid-configuration`]: json({
      issuer: local,
      revocation_endpoint: `${local}/revoke`,
    }),
  });
  expect(await discover('p', local, send)).toMatchObject({ revocation: `${local}/revoke` });
});
