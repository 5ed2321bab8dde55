import { json, type ProviderTable } from './table.ts';

const docs = 'https://developer.nylas.com/docs';
const revokePage = `${docs}/reference/api/authentication-apis/revoke_oauth2_token_and_grant/`;
const tokenInfoPage = `${docs}/reference/api/authentication-apis/info_oauth2_token/`;
const errorsPage = `${docs}/api/errors/`;
const rateLimitsPage = `${docs}/dev-guide/platform/rate-limits/`;
const nodeSdk = 'https://www.npmjs.com/package/nylas/v/8.4.0';
const javaSdk = 'https://github.com/Nylas/nylas-java';

const headers = {
  accept: 'application/json',
  authorization: 'Bearer nyk_key',
  'content-type': undefined,
};
const revocation = {
  method: 'POST',
  url: '/v3/connect/revoke?token=tok%2B%2F%3D%201',
  headers: { ...headers, 'content-length': '0' },
  body: '',
};

const oauthError = (error: string, code: string | number, description = 'text') => ({
  error,
  error_description: description,
  error_uri: 'https://accounts.nylas.io/#tag/Event-Codes',
  error_code: code,
  request_id: 'e43d0b5b',
});
const apiError = (type: string, message: string) => ({
  request_id: '5fa64c92',
  error: { type, message },
});
const tokenInfo = {
  request_id: 'abc-123',
  data: {
    iss: 'https://nylas.com',
    aud: 'http://localhost:3030',
    sub: 'Jaf84d88',
    email: 'user@example.com',
    iat: 1692094848,
    exp: 1692095173,
  },
};
const badKey = (detail: string) => ({
  kind: 'misconfigured' as const,
  detail,
  credentials: true,
});

export const table: ProviderTable = {
  defaultBaseUrl: 'https://api.us.nylas.com',
  defaults: {
    secret: { apiKey: 'nyk_key' },
    job: { token: 'tok+/= 1' },
    revocation,
    verification: {
      method: 'GET',
      url: '/v3/connect/tokeninfo?access_token=tok%2B%2F%3D%201',
      headers,
      body: '',
    },
  },
  rows: [
    {
      name: 'revoked: 200 with some JSON',
      source: revokePage,
      answer: json(200, { request_id: '5fa64c92' }),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'revoked: 200 without a body, which the page allows and the SDK chokes on',
      source: revokePage,
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'an access token named as one is asked for in the same way',
      source: revokePage,
      job: { token: 'tok+/= 1', tokenType: 'access_token' },
      answer: json(200, {}),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a JWT goes into the query as it is',
      source: nodeSdk,
      job: { token: 'eyJh.eyJz.c2ln-_' },
      request: { ...revocation, url: '/v3/connect/revoke?token=eyJh.eyJz.c2ln-_' },
      answer: json(200, {}),
      verdict: { kind: 'revoked' },
    },
    {
      name: 'invalid or already expired: 400 with a string error_code, as documented',
      source: revokePage,
      answer: json(400, oauthError('invalid_token', '25000')),
      verdict: { kind: 'ambiguous', detail: 'http 400 invalid_token' },
    },
    {
      name: 'invalid or already expired: 400 with a numeric error_code, as the SDK types it',
      source: nodeSdk,
      answer: json(400, oauthError('invalid_token', 25000)),
      verdict: { kind: 'ambiguous', detail: 'http 400 invalid_token' },
    },
    {
      name: 'a bad request in the shape of the other APIs',
      source: errorsPage,
      answer: json(400, apiError('api.invalid_request_error', 'Bad request')),
      verdict: { kind: 'ambiguous', detail: 'http 400 api.invalid_request_error' },
    },
    {
      name: 'an internal error behind a 400',
      source: javaSdk,
      answer: json(400, oauthError('internal_error', 500, 'Internal error, contact administrator')),
      verdict: { kind: 'unavailable', detail: 'http 400 internal_error' },
    },
    {
      name: 'a bad API key: 400 token.unauthorized_access, error as an object',
      source: errorsPage,
      answer: json(400, apiError('token.unauthorized_access', 'Invalid API key.')),
      verdict: badKey('http 400 token.unauthorized_access'),
    },
    {
      name: 'a bad API key: 400 token.unauthorized_access, error as a string',
      source: errorsPage,
      answer: json(400, oauthError('token.unauthorized_access', 25009)),
      verdict: badKey('http 400 token.unauthorized_access'),
    },
    {
      name: 'a bad API key: 400 known by its error_code alone',
      source: errorsPage,
      answer: json(400, oauthError('bad_request', 'token.unauthorized_access')),
      verdict: badKey('http 400 bad_request'),
    },
    {
      name: 'a bad API key: 400 known by its words alone',
      source: errorsPage,
      answer: json(400, oauthError('bad_request', 25009, 'Invalid API key.')),
      verdict: badKey('http 400 bad_request'),
    },
    {
      name: 'a bad API key, or one of the other region: 401 in the shape of the other APIs',
      source: `${docs}/v3/troubleshooting/`,
      answer: json(401, apiError('api.authentication_error', 'Unauthorized')),
      verdict: badKey('http 401 api.authentication_error'),
    },
    {
      name: 'a bad API key: 401 in the OAuth shape',
      source: revokePage,
      answer: json(401, oauthError('unauthorized', 401)),
      verdict: badKey('http 401 unauthorized'),
    },
    {
      name: 'too many calls: 429 without a Retry-After',
      source: rateLimitsPage,
      answer: json(429, apiError('nylas_rate_limit_exceeded', 'Rate limit exceeded')),
      verdict: { kind: 'throttled', detail: 'http 429 nylas_rate_limit_exceeded' },
    },
    {
      name: 'too many calls: 429 with one',
      source: `${docs}/cookbook/handle-rate-limit-errors/`,
      answer: json(429, apiError('api.rate_limit_error', 'Rate limit'), { 'retry-after': '7' }),
      verdict: {
        kind: 'throttled',
        detail: 'http 429 api.rate_limit_error',
        retryAfterSeconds: 7,
      },
    },
    {
      name: 'an outage that is not JSON',
      source: javaSdk,
      answer: { status: 500, body: 'not a json' },
      verdict: { kind: 'unavailable', detail: 'http 500' },
    },
    {
      name: 'an outage that is JSON',
      source: errorsPage,
      answer: json(500, apiError('api.internal_error', 'Internal error')),
      verdict: { kind: 'unavailable', detail: 'http 500 api.internal_error' },
    },
    {
      name: 'a provider time-out',
      source: errorsPage,
      answer: json(504, apiError('api.provider_error', 'Provider error message.')),
      verdict: { kind: 'unavailable', detail: 'http 504 api.provider_error' },
    },
    {
      name: 'not found: the endpoint exists at Nylas, so the URL is wrong',
      source: errorsPage,
      answer: json(404, apiError('api.not_found_error', 'Resource not found.')),
      verdict: {
        kind: 'misconfigured',
        detail: 'http 404 api.not_found_error',
        credentials: false,
      },
    },
    {
      name: 'blocked by an administrator',
      source: errorsPage,
      answer: json(423, apiError('api.resource_blocked', 'Resource blocked')),
      verdict: { kind: 'refused', detail: 'http 423 api.resource_blocked' },
    },
    {
      name: 'a refresh token is turned away at intake, and cannot be looked up',
      source: revokePage,
      job: { token: 'tok+/= 1', tokenType: 'refresh_token' },
      intake: /send the access token/,
      unverifiable: true,
    },
    {
      name: 'token info: alive',
      source: tokenInfoPage,
      answer: json(200, tokenInfo),
      liveness: { kind: 'alive' },
    },
    {
      name: 'token info: dead',
      source: tokenInfoPage,
      answer: json(400, oauthError('invalid_token', 25000)),
      liveness: { kind: 'dead' },
    },
    {
      name: 'token info: a bad API key is no proof of death',
      source: errorsPage,
      answer: json(400, oauthError('token.unauthorized_access', 25009, 'Invalid API key.')),
      liveness: { kind: 'unknown', verdict: badKey('http 400 token.unauthorized_access') },
    },
    {
      name: 'token info: nor is a 401',
      source: errorsPage,
      answer: json(401, apiError('api.authentication_error', 'Unauthorized')),
      liveness: { kind: 'unknown', verdict: badKey('http 401 api.authentication_error') },
    },
    {
      name: 'token info: nor is an internal error behind a 400',
      source: javaSdk,
      answer: json(400, oauthError('internal_error', '500')),
      liveness: {
        kind: 'unknown',
        verdict: { kind: 'unavailable', detail: 'http 400 internal_error' },
      },
    },
    {
      name: 'token info: nor is a 400 of another shape',
      source: tokenInfoPage,
      answer: { status: 400, body: '<html>Bad Request</html>' },
      liveness: { kind: 'unknown', verdict: { kind: 'refused', detail: 'http 400' } },
    },
    {
      name: 'token info: a 200 without data says nothing',
      source: tokenInfoPage,
      answer: json(200, { request_id: 'abc-123' }),
      liveness: { kind: 'unknown', verdict: { kind: 'ambiguous', detail: 'http 200' } },
    },
    {
      name: 'token info: too many calls',
      source: rateLimitsPage,
      answer: json(429, apiError('nylas_rate_limit_exceeded', 'Rate limit exceeded')),
      liveness: {
        kind: 'unknown',
        verdict: { kind: 'throttled', detail: 'http 429 nylas_rate_limit_exceeded' },
      },
    },
  ],
};
