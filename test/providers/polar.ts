import { json, type ProviderTable } from './table.ts';

const revokePage = 'https://polar.sh/docs/api-reference/oauth2/connect/revoke-token';
const introspectPage = 'https://polar.sh/docs/api-reference/oauth2/connect/introspect-token';
const limitsPage = 'https://polar.sh/docs/api-reference/introduction';
const server = 'https://github.com/polarsource/polar/tree/main/server/polar/oauth2';
const authlib = 'https://github.com/authlib/authlib/tree/v1.7.2/authlib/oauth2';

const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'application/json',
  authorization: undefined,
};
const form = (token: string) => `token=${token}&client_id=polar_ci_1&client_secret=polar_cs_%2B1`;
const revocation = {
  method: 'POST',
  url: '/v1/oauth2/revoke',
  headers,
  body: form('polar_at_u_a%2B%2F+1'),
};

/** The server sends these with every answer but a 429. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };
const refusedClient = {
  error: 'invalid_client',
  error_description:
    "The client cannot authenticate with methods: ['client_secret_basic', 'client_secret_post']",
};
const unknownClient = {
  error: 'invalid_client',
  error_description: 'The client does not exist on this server.',
};
const challenge = { ...noStore, 'www-authenticate': 'Basic error="invalid_client"' };
const badClient = (status: number) => ({
  kind: 'misconfigured' as const,
  detail: `http ${status} invalid_client`,
  credentials: true,
});

export const table: ProviderTable = {
  defaultBaseUrl: 'https://api.polar.sh',
  defaults: {
    secret: { clientId: 'polar_ci_1', clientSecret: 'polar_cs_+1' },
    job: { token: 'polar_at_u_a+/ 1' },
    revocation,
    verification: { ...revocation, url: '/v1/oauth2/introspect' },
  },
  rows: [
    {
      name: 'a live token',
      source: revokePage,
      answer: json(200, {}, noStore),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a known token type is not sent on: a wrong one would leave the token alive',
      source: `${authlib}/rfc7009/revocation.py`,
      job: { token: 'polar_rt_u_1', tokenType: 'refresh_token' },
      request: { ...revocation, body: form('polar_rt_u_1') },
      answer: json(200, {}, noStore),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'nor is a wrong one',
      source: `${authlib}/rfc7009/revocation.py`,
      job: { token: 'polar_rt_u_1', tokenType: 'access_token' },
      request: { ...revocation, body: form('polar_rt_u_1') },
      answer: json(200, {}, noStore),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a token revoked before, unknown or garbage is answered as a live one',
      source: `${server}/endpoints/oauth2.py`,
      job: { token: 'garbage' },
      request: { ...revocation, body: form('garbage') },
      answer: json(200, {}, noStore),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'no token in the form',
      source: `${authlib}/rfc7009/revocation.py`,
      answer: json(400, { error: 'invalid_request' }, noStore),
      verdict: { kind: 'refused', detail: 'http 400 invalid_request' },
    },
    {
      name: 'a malformed hint is a 401 that says nothing about credentials',
      source: `${authlib}/rfc7009/revocation.py`,
      answer: json(401, { error: 'unsupported_token_type' }, noStore),
      verdict: { kind: 'refused', detail: 'http 401 unsupported_token_type' },
    },
    {
      name: 'the token of another client',
      source: `${authlib}/rfc7009/revocation.py`,
      answer: json(400, { error: 'invalid_grant' }, noStore),
      verdict: { kind: 'refused', detail: 'http 400 invalid_grant' },
    },
    {
      name: 'an unknown client, named in the body',
      source: `${authlib}/rfc6749/authenticate_client.py`,
      answer: json(400, unknownClient, noStore),
      verdict: badClient(400),
    },
    {
      name: 'an unknown client, named in a header',
      source: `${authlib}/rfc6749/authenticate_client.py`,
      answer: json(401, unknownClient, challenge),
      verdict: badClient(401),
    },
    {
      name: 'a wrong or missing secret, a public client, or a body that is not a form',
      source: `${authlib}/rfc6749/authenticate_client.py`,
      answer: json(401, refusedClient, challenge),
      verdict: badClient(401),
    },
    {
      name: 'too many calls: an empty body',
      source: limitsPage,
      answer: { status: 429, headers: { 'retry-after': '12' } },
      verdict: { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 12 },
    },
    {
      name: 'an outage behind a proxy',
      source: limitsPage,
      answer: { status: 502, body: '<html>Bad Gateway</html>' },
      verdict: { kind: 'unavailable', detail: 'http 502' },
    },
    {
      name: 'a 200 that is not Polar’s: HTML',
      source: revokePage,
      answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' },
      verdict: { kind: 'ambiguous', detail: 'http 200' },
    },
    {
      name: 'a 200 that is not Polar’s: empty',
      source: revokePage,
      answer: { status: 200 },
      verdict: { kind: 'ambiguous', detail: 'http 200' },
    },
    {
      name: 'a 200 that reports an error',
      source: revokePage,
      answer: json(200, { error: 'server_error' }),
      verdict: { kind: 'ambiguous', detail: 'http 200 server_error' },
    },
    {
      name: 'a path that Polar does not have',
      source: revokePage,
      answer: json(404, { detail: 'Not Found' }),
      verdict: { kind: 'misconfigured', detail: 'http 404', credentials: false },
    },
    {
      name: 'a redirect is not followed: it would carry the secret along',
      source: revokePage,
      answer: { status: 308, headers: { location: 'https://example.com/' } },
      verdict: { kind: 'misconfigured', detail: 'http 308', credentials: false },
    },
    {
      name: 'a personal access token is turned away: Polar would answer 200 and keep it',
      source: `${server}/constants.py`,
      job: { token: 'polar_pat_1' },
      intake: /revokes OAuth tokens only/,
      unverifiable: true,
    },
    {
      name: 'so is an organization access token',
      source: `${server}/constants.py`,
      job: { token: 'polar_oat_1', tokenType: 'access_token' },
      intake: /delete personal and organization access tokens/,
    },
    {
      name: 'a refresh token cannot be looked up: an expired access half makes it look dead',
      source: `${server}/endpoints/oauth2.py`,
      job: { token: 'polar_rt_u_1' },
      intake: 'accepted',
      unverifiable: true,
    },
    {
      name: 'nor can one that is only said to be a refresh token',
      source: `${server}/endpoints/oauth2.py`,
      job: { token: 'opaque', tokenType: 'refresh_token' },
      intake: 'accepted',
      unverifiable: true,
    },
    {
      name: 'introspection: dead, unknown or another client’s',
      source: introspectPage,
      answer: json(200, { active: false }, noStore),
      liveness: { kind: 'dead' },
    },
    {
      name: 'introspection: alive',
      source: introspectPage,
      job: { token: 'opaque', tokenType: 'access_token' },
      request: { ...revocation, url: '/v1/oauth2/introspect', body: form('opaque') },
      answer: json(200, {
        active: true,
        client_id: 'polar_ci_1',
        token_type: 'Bearer',
        scope: 'openid',
        sub_type: 'user',
        sub: '1',
        exp: 1,
        iat: 1,
      }),
      liveness: { kind: 'alive' },
    },
    {
      name: 'introspection: credentials that have gone bad',
      source: `${authlib}/rfc6749/authenticate_client.py`,
      answer: json(401, refusedClient, challenge),
      liveness: { kind: 'unknown', verdict: badClient(401) },
    },
    {
      name: 'introspection: a 200 that does not say',
      source: introspectPage,
      answer: { status: 200, body: '<html></html>' },
      liveness: { kind: 'unknown', verdict: { kind: 'ambiguous', detail: 'http 200' } },
    },
    {
      name: 'introspection: too many calls',
      source: limitsPage,
      answer: { status: 429, headers: { 'retry-after': '3' } },
      liveness: {
        kind: 'unknown',
        verdict: { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 3 },
      },
    },
  ],
};
