import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'vitest';
import type { Verdict } from '../../shared/domain/verdict.ts';
import {
  type CannedAnswer,
  json,
  type ProviderTable,
  type Setting,
  type WireRequest,
} from './table.ts';

const rfc7009 = 'https://www.rfc-editor.org/rfc/rfc7009';
const success = `${rfc7009}#section-2.2`;
const errors = `${rfc7009}#section-2.2.1`;
const codes = 'https://www.rfc-editor.org/rfc/rfc6749#section-5.2';
const rfc6749 = 'https://www.rfc-editor.org/rfc/rfc6749';
const rfc9110 = 'https://www.rfc-editor.org/rfc/rfc9110';
const rfc7662 = 'https://www.rfc-editor.org/rfc/rfc7662#section-2.2';
const rfc8414 = 'https://www.rfc-editor.org/rfc/rfc8414';
const oidcDiscovery = 'https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig';
const clientAuthentication =
  'https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication';
const keycloak =
  'https://github.com/keycloak/keycloak/blob/main/services/src/main/java/org/keycloak/protocol/oidc/endpoints/TokenRevocationEndpoint.java';
const doorkeeper =
  'https://github.com/doorkeeper-gem/doorkeeper/blob/main/app/controllers/doorkeeper/tokens_controller.rb';

const django =
  'https://docs.djangoproject.com/en/stable/ref/request-response/#django.http.HttpResponse.__init__';
const reddit = 'https://github.com/praw-dev/prawcore/issues/115';
const slack = 'https://docs.slack.dev/reference/methods/auth.revoke';
const authlib = 'https://github.com/authlib/authlib/blob/main/authlib/oauth2/rfc6749/errors.py';

const unsupported = 'unsupported_token_type';
const options = {
  revocationEndpoint: '/oauth2/revoke',
  introspectionEndpoint: '/oauth2/introspect',
};
const job = { token: 't+/=& 1' } as const;
const token = 'token=t%2B%2F%3D%26+1';
// RFC 6749 §2.3.1: both halves form-encoded, then joined, then base64.
const basic = `Basic ${Buffer.from('client%2D1:s%3Acr%2B%25t+%C3%A9').toString('base64')}`;

const revocation: WireRequest = {
  method: 'POST',
  url: '/oauth2/revoke',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
    authorization: basic,
    'user-agent': expect.stringMatching(/^rescind\//),
  },
  body: token,
};
const unauthorized = { ...revocation.headers, authorization: undefined };

const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  format: 'pem',
  type: 'pkcs8',
});
const asserted = (algorithm: string): WireRequest => {
  const header = Buffer.from(`{"alg":"${algorithm}","kid":"key-1"}`).toString('base64url');
  const fields = [
    token.replace('+', '\\+'),
    'client_id=client-1',
    'client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer',
    `client_assertion=${header}`,
  ];
  return {
    ...revocation,
    headers: unauthorized,
    body: expect.stringMatching(new RegExp(`^${fields.join('&')}\\.[\\w-]+\\.[\\w-]{86,}$`)),
  };
};

const error = (status: number, code: string, headers: Readonly<Record<string, string>> = {}) =>
  json(status, { error: code, error_description: `about ${job.token}` }, headers);

const refused = (detail: string) => ({ kind: 'refused', detail }) as const;
const doubtful = (detail: string) => ({ kind: 'ambiguous', detail }) as const;
const wrongClient = (detail: string) =>
  ({ kind: 'misconfigured', detail, credentials: true }) as const;
const never = (detail: string) =>
  ({ kind: 'unsupported', detail: `${detail} ${unsupported}` }) as const;
const revoked = { kind: 'revoked' } as const;
const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Log in</p>' };
const missing = json(404, { error: 'not_found' });

/** A server that publishes its endpoints, all others than the defaults, at one path. */
const publishing = (path: string, issuerPath = ''): Pick<Setting, 'answers'> => ({
  answers: {
    [`${issuerPath}/.well-known/openid-configuration`]: missing,
    [path]: (origin) =>
      json(200, {
        issuer: `${origin}${issuerPath}`,
        revocation_endpoint: `${origin}/found/revoke?v=1`,
        introspection_endpoint: `${origin}/found/introspect`,
      }),
  },
});
const found: WireRequest = { ...revocation, url: '/found/revoke?v=1' };

/** What each answer to the default request means. */
const answers: readonly (readonly [
  name: string,
  source: string,
  answer: CannedAnswer,
  verdict: Verdict,
])[] = [
  ['an empty 200', success, { status: 200 }, revoked],
  ['a 200 whose body is of no matter', success, json(200, {}), revoked],
  ['an empty 200 labelled HTML, as Django does', django, { ...page, body: '' }, revoked],
  ['a 204, as Reddit gave until 2021', reddit, { status: 204 }, revoked],

  // Success that is none
  [
    'a 202, which only promises',
    `${rfc9110}#section-15.3.3`,
    { status: 202 },
    doubtful('http 202'),
  ],
  ['a login page', success, page, doubtful('http 200 with a web page')],
  ['200 invalid_token', keycloak, error(200, 'invalid_token'), doubtful('http 200 invalid_token')],
  [
    '200 invalid_client',
    errors,
    error(200, 'invalid_client'),
    wrongClient('http 200 invalid_client'),
  ],
  ['200 unsupported_token_type', errors, error(200, unsupported), never('http 200')],
  ['any other error in a 200', slack, error(200, 'fatal_error'), refused('http 200 fatal_error')],

  // RFC 7009 §2.2.1, and RFC 6749 §5.2 on which it draws
  ['unsupported_token_type', errors, error(400, unsupported), never('http 400')],
  ['unsupported_token_type, by Authlib', authlib, error(401, unsupported), never('http 401')],
  ['invalid_request', codes, error(400, 'invalid_request'), refused('http 400 invalid_request')],
  ['invalid_grant', codes, error(400, 'invalid_grant'), refused('http 400 invalid_grant')],
  [
    'unauthorized_client',
    codes,
    error(400, 'unauthorized_client'),
    refused('http 400 unauthorized_client'),
  ],
  [
    'another client’s token',
    doorkeeper,
    error(403, 'unauthorized_client'),
    refused('http 403 unauthorized_client'),
  ],
  [
    'invalid_client with 401',
    codes,
    error(401, 'invalid_client', { 'www-authenticate': 'Basic' }),
    wrongClient('http 401 invalid_client'),
  ],
  [
    'invalid_client with 400',
    codes,
    error(400, 'invalid_client'),
    wrongClient('http 400 invalid_client'),
  ],
  ['a bare 401', `${rfc9110}#section-15.5.2`, { status: 401 }, wrongClient('http 401')],
  [
    'an error for a dead token, against §2.2',
    'https://developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke',
    error(400, 'invalid_token'),
    doubtful('http 400 invalid_token'),
  ],
  [
    '503 that says when to come back, in seconds',
    errors,
    { status: 503, headers: { 'retry-after': '120' } },
    { kind: 'unavailable', detail: 'http 503', retryAfterSeconds: 120 },
  ],
  [
    '503 that says when to come back, as a date',
    `${rfc9110}#section-10.2.3`,
    { status: 503, headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' } },
    { kind: 'unavailable', detail: 'http 503', retryAfterSeconds: 0 },
  ],
  [
    '503 with an error code: the token must be assumed to live',
    errors,
    error(503, unsupported),
    { kind: 'unavailable', detail: `http 503 ${unsupported}` },
  ],
  [
    '429',
    'https://www.rfc-editor.org/rfc/rfc6585#section-4',
    { status: 429, headers: { 'retry-after': '5' } },
    { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 5 },
  ],
  [
    'a redirect, which is not followed',
    `${rfc9110}#section-15.4`,
    { status: 307, headers: { location: '/elsewhere' } },
    { kind: 'misconfigured', detail: 'http 307', credentials: false },
  ],
];

export const table: ProviderTable = {
  defaultBaseUrl: undefined,
  defaults: {
    options,
    secret: { clientId: 'client-1', clientSecret: 's:cr+%t é' },
    job,
    revocation,
    verification: { ...revocation, url: '/oauth2/introspect' },
  },
  rows: [
    ...answers.map(([name, source, answer, verdict]) => ({ name, source, answer, verdict })),

    // Client authentication
    {
      name: 'client_secret_post',
      source: `${rfc6749}#section-2.3.1`,
      options: { ...options, clientAuth: 'client_secret_post' },
      answer: { status: 200 },
      request: {
        ...revocation,
        headers: unauthorized,
        body: `${token}&client_id=client-1&client_secret=s%3Acr%2B%25t+%C3%A9`,
      },
      verdict: revoked,
    },
    {
      name: 'none',
      source: `${rfc7009}#section-5`,
      options: { ...options, clientAuth: 'none' },
      secret: { clientId: 'client-1' },
      answer: { status: 200 },
      request: { ...revocation, headers: unauthorized, body: `${token}&client_id=client-1` },
      verdict: revoked,
    },
    {
      name: 'private_key_jwt with a JWK',
      source: clientAuthentication,
      options: { ...options, clientAuth: 'private_key_jwt' },
      secret: { clientId: 'client-1', privateKey: { ...jwk, alg: 'ES256', kid: 'key-1' } },
      answer: { status: 200 },
      request: asserted('ES256'),
      verdict: revoked,
    },
    {
      name: 'private_key_jwt with a PEM',
      source: clientAuthentication,
      options: { ...options, clientAuth: 'private_key_jwt', signingAlgorithm: 'PS256' },
      secret: { clientId: 'client-1', privateKey: pem, keyId: 'key-1' },
      answer: { status: 200 },
      request: asserted('PS256'),
      verdict: revoked,
    },

    // Hints
    {
      name: 'no hint unless configured, though the type is known',
      source: `${rfc7009}#section-2.1`,
      job: { ...job, tokenType: 'refresh_token' },
      answer: { status: 200 },
      verdict: revoked,
    },
    {
      name: 'a configured hint',
      source: `${rfc7009}#section-2.1`,
      options: { ...options, sendTokenTypeHint: true },
      job: { ...job, tokenType: 'refresh_token' },
      answer: { status: 200 },
      request: { ...revocation, body: `${token}&token_type_hint=refresh_token` },
      verdict: revoked,
    },
    {
      name: 'a configured hint, but a job that knows no type',
      source: `${rfc7009}#section-2.1`,
      options: { ...options, sendTokenTypeHint: true },
      answer: { status: 200 },
      verdict: revoked,
    },

    // Where the endpoints are
    {
      name: 'an endpoint with a query, which is kept',
      source: `${rfc6749}#section-3.2`,
      options: (origin) => ({ revocationEndpoint: `${origin}/revoke.do?tenant=acme` }),
      answer: { status: 200 },
      request: { ...revocation, url: '/revoke.do?tenant=acme' },
      verdict: revoked,
    },
    {
      name: 'a path below a base URL that has a path',
      source: keycloak,
      baseUrl: (origin) => `${origin}/realms/acme`,
      options: { revocationEndpoint: '/protocol/openid-connect/revoke' },
      answer: { status: 200 },
      request: { ...revocation, url: '/realms/acme/protocol/openid-connect/revoke' },
      verdict: revoked,
    },
    {
      name: 'discovery as in OpenID Connect, at the base URL',
      source: oidcDiscovery,
      options: {},
      ...publishing('/.well-known/openid-configuration'),
      answer: { status: 200 },
      request: found,
      verdict: revoked,
    },
    {
      name: 'discovery as in OpenID Connect, at an issuer with a path',
      source: oidcDiscovery,
      options: (origin) => ({ issuer: `${origin}/acme` }),
      ...publishing('/acme/.well-known/openid-configuration', '/acme'),
      answer: { status: 200 },
      request: found,
      verdict: revoked,
    },
    {
      name: 'discovery as in RFC 8414, at the base URL',
      source: `${rfc8414}#section-3`,
      options: {},
      ...publishing('/.well-known/oauth-authorization-server'),
      answer: { status: 200 },
      request: found,
      verdict: revoked,
    },
    {
      name: 'discovery as in RFC 8414, at an issuer with a path',
      source: `${rfc8414}#section-3.1`,
      options: (origin) => ({ issuer: `${origin}/acme` }),
      ...publishing('/.well-known/oauth-authorization-server/acme', '/acme'),
      answer: { status: 200 },
      request: found,
      verdict: revoked,
    },

    // Introspection
    {
      name: 'an inactive token is dead',
      source: rfc7662,
      job: { ...job, tokenType: 'refresh_token' },
      answer: json(200, { active: false }),
      liveness: { kind: 'dead' },
    },
    {
      name: 'an active token is alive, at the discovered endpoint',
      source: rfc7662,
      options: {},
      ...publishing('/.well-known/openid-configuration'),
      answer: json(200, { active: true, client_id: 'client-1' }),
      request: { ...revocation, url: '/found/introspect' },
      liveness: { kind: 'alive' },
    },
    {
      name: 'a look-up that is not ours to make',
      source: 'https://www.rfc-editor.org/rfc/rfc7662#section-2.3',
      answer: error(401, 'invalid_client'),
      liveness: { kind: 'unknown', verdict: wrongClient('http 401 invalid_client') },
    },
    {
      name: 'a look-up that is refused',
      source: 'https://www.rfc-editor.org/rfc/rfc7662#section-2.3',
      answer: { status: 403 },
      liveness: { kind: 'unknown', verdict: doubtful('http 403') },
    },
    {
      name: 'no look-up without an endpoint for it',
      source: `${rfc8414}#section-2`,
      options: { revocationEndpoint: '/oauth2/revoke' },
      intake: 'accepted',
      unverifiable: true,
    },
  ],
};
