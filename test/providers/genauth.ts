import { json, type ProviderTable } from './table.ts';

const docs = 'https://github.com/GenAuth-Official/genauth-docs/blob/master/docs';
const revokePage = `${docs}/reference/sdk/node/authentication/管理-token/revoke-token.md`;
const introspectPage = `${docs}/reference/sdk/node/authentication/管理-token/introspect-token.md`;
const errorsPage = `${docs}/reference/error-code.md`;
const sdk =
  'https://github.com/GenAuth-Official/genauth-node-sdk/blob/main/src/AuthenticationClient.ts';
const apiPage = 'https://authing.apifox.cn/api-10239797';
/** Its routes are those of GenAuth, whose own errors are undocumented. */
const oidcProvider = 'https://github.com/panva/node-oidc-provider';

const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'application/json',
  authorization: undefined,
};
const revocation = {
  method: 'POST',
  url: '/oidc/token/revocation',
  headers,
  body: 'client_id=app%2B1&client_secret=s%2Fecret&token=a%2B%2F+1',
};
const introspection = { ...revocation, url: '/oidc/token/introspection' };
const basic = {
  headers: { ...headers, authorization: `Basic ${btoa('app+1:s/ecret')}` },
  body: 'token=a%2B%2F+1',
};
const none = { body: 'client_id=app%2B1&token=a%2B%2F+1' };

const badClient = (detail: string) => ({
  kind: 'misconfigured' as const,
  detail,
  credentials: true,
});

export const table: ProviderTable = {
  defaultBaseUrl: undefined,
  defaults: {
    secret: { clientId: 'app+1', clientSecret: 's/ecret' },
    job: { token: 'a+/ 1' },
    revocation,
    verification: introspection,
  },
  rows: [
    {
      name: 'client_secret_post is the default; success is a 200 without a body',
      source: apiPage,
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'no hint is sent, even when the type is known',
      source: sdk,
      job: { token: 'a+/ 1', tokenType: 'refresh_token' },
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'client_secret_basic',
      source: sdk,
      options: { clientAuth: 'client_secret_basic' },
      request: { ...revocation, ...basic },
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'none, for a public application',
      source: sdk,
      options: { clientAuth: 'none' },
      secret: { clientId: 'app+1' },
      request: { ...revocation, ...none },
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'protocol oauth, client_secret_post',
      source: sdk,
      options: { protocol: 'oauth' },
      request: { ...revocation, url: '/oauth/token/revocation' },
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'protocol oauth, none',
      source: sdk,
      options: { protocol: 'oauth', clientAuth: 'none' },
      request: { ...revocation, ...none, url: '/oauth/token/revocation' },
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a base URL with a trailing slash',
      source: revokePage,
      baseUrl: (origin) => `${origin}/`,
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: '200 with an empty object',
      source: apiPage,
      answer: json(200, {}),
      verdict: { kind: 'revoked' },
    },
    {
      name: '200 that repeats its status in the body',
      source: errorsPage,
      answer: json(200, { statusCode: 200, message: 'ok', apiCode: 20001 }),
      verdict: { kind: 'revoked' },
    },
    {
      name: '200 that means too many calls',
      source: errorsPage,
      answer: json(200, { statusCode: 429, message: 'ThrottleError' }),
      verdict: { kind: 'throttled', detail: 'http 200 saying 429' },
    },
    {
      name: '200 that means forbidden',
      source: errorsPage,
      answer: json(200, { statusCode: 403, apiCode: 2333, message: 'no', requestId: 'r' }),
      verdict: { kind: 'refused', detail: 'http 200 saying 403' },
    },
    {
      name: '200 that means unauthorized',
      source: errorsPage,
      answer: json(200, { statusCode: 401, message: 'no' }),
      verdict: badClient('http 200 saying 401'),
    },
    {
      name: '200 that means an outage',
      source: errorsPage,
      answer: json(200, { statusCode: 500, message: 'no' }),
      verdict: { kind: 'unavailable', detail: 'http 200 saying 500' },
    },
    {
      name: '200 with a failure in the older shape',
      source: errorsPage,
      answer: json(200, { code: 2020, message: 'no' }),
      verdict: { kind: 'refused', detail: 'http 200 saying 2020' },
    },
    {
      name: '200 with invalid_client',
      source: errorsPage,
      answer: json(200, { error: 'invalid_client', error_description: 'no' }),
      verdict: badClient('http 200 invalid_client'),
    },
    {
      name: '200 with another OAuth error',
      source: errorsPage,
      answer: json(200, { error: 'invalid_request', error_description: 'no' }),
      verdict: { kind: 'refused', detail: 'http 200 invalid_request' },
    },
    {
      name: '200 with HTML',
      source: apiPage,
      answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html></html>' },
      verdict: { kind: 'ambiguous', detail: 'http 200' },
    },
    {
      name: '200 with the `true` that the SDK makes up: GenAuth itself sends none',
      source: revokePage,
      answer: json(200, true),
      verdict: { kind: 'ambiguous', detail: 'http 200' },
    },
    {
      name: '401 invalid_client',
      source: oidcProvider,
      answer: json(401, { error: 'invalid_client', error_description: 'no' }),
      verdict: badClient('http 401 invalid_client'),
    },
    {
      name: '400 invalid_client',
      source: oidcProvider,
      answer: json(400, { error: 'invalid_client', error_description: 'no' }),
      verdict: badClient('http 400 invalid_client'),
    },
    {
      name: '400 invalid_request',
      source: oidcProvider,
      answer: json(400, { error: 'invalid_request', error_description: 'no' }),
      verdict: { kind: 'refused', detail: 'http 400 invalid_request' },
    },
    {
      name: '400 in the older shape; the status in the body does not count',
      source: errorsPage,
      answer: json(400, { code: 200, message: 'no' }),
      verdict: { kind: 'refused', detail: 'http 400' },
    },
    {
      name: '403 in the newer shape',
      source: errorsPage,
      answer: json(403, { statusCode: 403, apiCode: 2333, message: 'no' }),
      verdict: { kind: 'refused', detail: 'http 403' },
    },
    {
      name: '429',
      source: errorsPage,
      answer: json(429, { statusCode: 429, message: 'no' }, { 'retry-after': '5' }),
      verdict: { kind: 'throttled', detail: 'http 429', retryAfterSeconds: 5 },
    },
    {
      name: '503',
      source: oidcProvider,
      answer: { status: 503, body: 'upstream' },
      verdict: { kind: 'unavailable', detail: 'http 503' },
    },
    {
      name: '404: another domain than the application’s',
      source: oidcProvider,
      answer: { status: 404, body: 'not found' },
      verdict: { kind: 'misconfigured', detail: 'http 404', credentials: false },
    },
    {
      name: 'introspection: dead',
      source: introspectPage,
      answer: json(200, { active: false }),
      liveness: { kind: 'dead' },
    },
    {
      name: 'introspection: alive',
      source: introspectPage,
      answer: json(200, {
        active: true,
        sub: '1',
        client_id: 'app+1',
        exp: 1,
        iat: 1,
        iss: 'https://a.genauth.ai/oidc',
        jti: 'j',
        scope: 'openid',
        token_type: 'Bearer',
      }),
      liveness: { kind: 'alive' },
    },
    {
      name: 'introspection has an authentication method of its own, and takes Basic for oauth',
      source: sdk,
      options: { protocol: 'oauth', introspectionClientAuth: 'client_secret_basic' },
      request: { ...introspection, ...basic, url: '/oauth/token/introspection' },
      answer: json(200, { active: false }),
      liveness: { kind: 'dead' },
    },
    {
      name: 'introspection authenticates as revocation does, unless told otherwise',
      source: sdk,
      options: { clientAuth: 'none' },
      request: { ...introspection, ...none },
      answer: json(200, { active: false }),
      liveness: { kind: 'dead' },
    },
    {
      name: 'introspection: a 200 that means unauthorized is no proof of death',
      source: errorsPage,
      answer: json(200, { statusCode: 401, message: 'no', active: false }),
      liveness: { kind: 'unknown', verdict: badClient('http 200 saying 401') },
    },
    {
      name: 'introspection: nor is an empty one',
      source: introspectPage,
      answer: { status: 200 },
      liveness: { kind: 'unknown', verdict: { kind: 'ambiguous', detail: 'http 200' } },
    },
    {
      name: 'introspection: nor is an error',
      source: oidcProvider,
      answer: json(401, { error: 'invalid_client' }),
      liveness: { kind: 'unknown', verdict: badClient('http 401 invalid_client') },
    },
  ],
};
