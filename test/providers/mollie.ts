import { json, type ProviderTable } from './table.ts';

const revokePage = 'https://docs.mollie.com/reference/oauth-revoke-tokens';
const errorsPage = 'https://docs.mollie.com/reference/handling-errors';
const startPage = 'https://docs.mollie.com/oauth/getting-started';
const limitsPage = 'https://docs.mollie.com/reference/rate-limiting';
const idempotencyPage = 'https://docs.mollie.com/reference/api-idempotency';
const nodeSdk = 'https://github.com/mollie/mollie-api-node';
const phpIssue = 'https://github.com/mollie/mollie-api-php/issues/429';
const oauthIssue = 'https://github.com/zwaldeck/mollie/issues/105';

const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'application/json',
  authorization: `Basic ${btoa('app_1:s/ecret+1')}`,
  'idempotency-key': 'f2cb7b41-0261-4871-aadf-97d1839dfbac',
};
const revocation = {
  method: 'DELETE',
  url: '/oauth2/tokens',
  headers,
  body: 'token_type_hint=refresh_token&token=refresh_%2B%2F+1',
};

const accessToken = { token: 'access_1' };
const probe = {
  method: 'GET',
  url: '/v2/organizations/me',
  headers: {
    accept: 'application/json',
    authorization: 'Bearer access_1',
    'content-type': undefined,
  },
  body: '',
};

const hal = (status: number, title: string, detail: string) => ({
  status,
  title,
  detail,
  _links: { documentation: { href: 'https://docs.mollie.com/errors', type: 'text/html' } },
});
const halType = { 'content-type': 'application/hal+json' };
/** Undocumented, so it may be what a dead token gets. */
const refused = (detail: string) => ({
  kind: 'refused' as const,
  detail,
  mayBeDead: true as const,
});
const badClient = (detail: string) => ({
  kind: 'misconfigured' as const,
  detail,
  credentials: true,
});

export const table: ProviderTable = {
  defaultBaseUrl: 'https://api.mollie.com',
  defaults: {
    secret: { clientId: 'app_1', clientSecret: 's/ecret+1' },
    job: { token: 'refresh_+/ 1' },
    revocation,
    verification: probe,
  },
  documentedLookUp: ({ status, body }) => {
    try {
      return [401, 403].includes(status) && JSON.parse(body).status === status;
    } catch {
      return false;
    }
  },
  rows: [
    {
      name: 'a refresh token, known by its prefix',
      source: revokePage,
      answer: { status: 204, headers: halType },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'an access token, known by its prefix',
      source: revokePage,
      job: { token: 'access_1' },
      request: { ...revocation, body: 'token_type_hint=access_token&token=access_1' },
      answer: { status: 204 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a token whose type the caller names',
      source: revokePage,
      job: { token: 'opaque', tokenType: 'access_token' },
      request: { ...revocation, body: 'token_type_hint=access_token&token=opaque' },
      answer: { status: 204 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'another job has another idempotency key',
      source: idempotencyPage,
      id: 'rev_1/0/1',
      request: {
        ...revocation,
        headers: { ...headers, 'idempotency-key': '743c530d-5740-4359-b750-4e430367b60c' },
      },
      answer: { status: 204 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'another 2xx that is as empty',
      source: nodeSdk,
      answer: { status: 200 },
      verdict: { kind: 'revoked' },
    },
    {
      name: 'a 2xx that is not empty is not what Mollie documents',
      source: revokePage,
      answer: json(200, { error: 'invalid_request' }),
      verdict: { kind: 'ambiguous', detail: 'http 200 invalid_request' },
    },
    {
      name: '400 in the OAuth shape, as the token endpoint answers on the same path',
      source: oauthIssue,
      answer: json(400, {
        error: 'invalid_request',
        error_description: 'The grant type was not specified in the request',
      }),
      verdict: refused('http 400 invalid_request'),
    },
    {
      name: '400 invalid_client in the OAuth shape',
      source: phpIssue,
      answer: json(400, { error: 'invalid_client', error_description: 'no' }),
      verdict: badClient('http 400 invalid_client'),
    },
    {
      name: '400 invalid client in the HAL shape',
      source: errorsPage,
      answer: json(400, hal(400, 'Invalid client', 'no'), halType),
      verdict: badClient('http 400 invalid_client'),
    },
    {
      name: '401 in the HAL shape',
      source: errorsPage,
      answer: json(401, hal(401, 'Unauthorized Request', 'Missing authentication'), halType),
      verdict: badClient('http 401 unauthorized_request'),
    },
    {
      name: '401 in the OAuth shape',
      source: phpIssue,
      answer: json(401, { error: 'invalid_client' }),
      verdict: badClient('http 401 invalid_client'),
    },
    {
      name: 'a 401 replayed from an earlier call says nothing about the credentials of today',
      source: idempotencyPage,
      answer: json(401, { error: 'invalid_client' }, { 'idempotent-replayed': 'true' }),
      verdict: { kind: 'unavailable', detail: 'http 401 invalid_client replayed' },
    },
    {
      name: '404 is not documented as "dead already"',
      source: errorsPage,
      answer: json(404, hal(404, 'Not Found', 'No token exists'), halType),
      verdict: refused('http 404 not_found'),
    },
    {
      name: 'nor is 422',
      source: errorsPage,
      answer: json(422, { ...hal(422, 'Unprocessable Entity', 'no'), field: 'token' }, halType),
      verdict: refused('http 422 unprocessable_entity'),
    },
    {
      name: 'nor is 410',
      source: errorsPage,
      answer: json(410, hal(410, 'Gone', 'no'), halType),
      verdict: refused('http 410 gone'),
    },
    {
      name: 'the first call of the same job is still being worked on',
      source: idempotencyPage,
      answer: json(409, hal(409, 'Conflict', 'still being executed'), halType),
      verdict: { kind: 'unavailable', detail: 'http 409 conflict' },
    },
    {
      name: '429',
      source: limitsPage,
      answer: json(
        429,
        hal(429, 'Too Many Requests', 'You have exceeded the rate limit.'),
        halType,
      ),
      verdict: { kind: 'throttled', detail: 'http 429 too_many_requests' },
    },
    {
      name: '500, which this endpoint is known to have answered',
      source: 'https://github.com/zwaldeck/mollie/pull/106',
      answer: { status: 500 },
      verdict: { kind: 'unavailable', detail: 'http 500' },
    },
    {
      name: 'the status in a HAL body does not outrank that of HTTP',
      source: errorsPage,
      answer: json(503, hal(404, 'Not Found', 'no'), { ...halType, 'retry-after': '30' }),
      verdict: { kind: 'unavailable', detail: 'http 503 not_found', retryAfterSeconds: 30 },
    },
    {
      name: 'the probe passes: the access token is alive',
      source: startPage,
      job: accessToken,
      answer: json(200, { resource: 'organization', id: 'org_1', name: 'Acme' }, halType),
      liveness: { kind: 'alive' },
    },
    {
      name: 'the probe lacks the scope: the access token is alive',
      source: errorsPage,
      job: accessToken,
      answer: json(403, hal(403, 'Forbidden', 'no permission'), halType),
      liveness: { kind: 'alive' },
    },
    {
      name: 'the probe is not authenticated: the access token is dead',
      source: errorsPage,
      job: accessToken,
      answer: json(401, hal(401, 'Unauthorized Request', 'Missing authentication'), halType),
      liveness: { kind: 'dead' },
    },
    {
      name: 'a 401 that is not in Mollie’s shape may be a proxy’s, and proves nothing',
      source: errorsPage,
      job: accessToken,
      answer: { status: 401, body: '<html>401</html>' },
      liveness: { kind: 'unknown', verdict: { kind: 'ambiguous', detail: 'http 401' } },
    },
    {
      name: 'nor does a 403 that is not',
      source: errorsPage,
      job: accessToken,
      answer: { status: 403, body: '<html>403</html>' },
      liveness: { kind: 'unknown', verdict: { kind: 'refused', detail: 'http 403' } },
    },
    {
      name: 'nor a 200 that is no organization',
      source: startPage,
      job: accessToken,
      answer: { status: 200, body: '<html>Sign in</html>' },
      liveness: { kind: 'unknown', verdict: { kind: 'ambiguous', detail: 'http 200' } },
    },
    {
      name: 'a probe that is throttled',
      source: limitsPage,
      job: accessToken,
      answer: json(429, hal(429, 'Too Many Requests', 'slow down'), halType),
      liveness: {
        kind: 'unknown',
        verdict: { kind: 'throttled', detail: 'http 429 too_many_requests' },
      },
    },
    {
      name: 'a probe that Mollie cannot answer',
      source: errorsPage,
      job: accessToken,
      answer: json(503, hal(503, 'Service Unavailable', 'later'), halType),
      liveness: {
        kind: 'unknown',
        verdict: { kind: 'unavailable', detail: 'http 503 service_unavailable' },
      },
    },
    {
      name: 'a refresh token is never probed: only using it would tell, and that issues a new token',
      source: revokePage,
      intake: 'accepted',
      unverifiable: true,
    },
    {
      name: 'an access token that only its caller knows for one is probed',
      source: startPage,
      job: { token: 'opaque', tokenType: 'access_token' },
      request: { ...probe, headers: { ...probe.headers, authorization: 'Bearer opaque' } },
      answer: json(401, hal(401, 'Unauthorized Request', 'Missing authentication'), halType),
      liveness: { kind: 'dead' },
    },
    {
      name: 'a token of unknown type is turned away: Mollie must be told',
      source: revokePage,
      job: { token: 'opaque' },
      intake: /Mollie needs tokenType/,
    },
    {
      name: 'a type that contradicts the prefix is turned away',
      source: revokePage,
      job: { token: 'refresh_1', tokenType: 'access_token' },
      intake: /tokenType is access_token, but/,
    },
    {
      name: 'a type that agrees with the prefix is not',
      source: revokePage,
      job: { token: 'refresh_1', tokenType: 'refresh_token' },
      intake: 'accepted',
    },
  ],
};
