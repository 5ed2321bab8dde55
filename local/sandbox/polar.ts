import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { stableText } from './credentials.ts';
import {
  type Answer,
  authorization,
  basicCredentials,
  type Call,
  type Credentials,
  formFields,
  json,
} from './http.ts';
import { createRouter, defineSandbox, tokenSource } from './model.ts';
import { isLive, revokeAll, type StoredToken, TokenStore, type TokenType } from './tokens.ts';

/**
 * Polar's OAuth endpoints, after its own server (polarsource/polar, server/polar/oauth2) on
 * authlib 1.7: https://polar.sh/docs/api-reference/oauth2/connect/revoke-token.
 */

/** Polar's answers are all settled by its source: nothing is left open. */
const behaviourSchema = z.strictObject({});
export type PolarBehaviour = z.input<typeof behaviourSchema>;

const client: Credentials = {
  clientId: `polar_ci_${stableText('polar client', 43)}`,
  clientSecret: `polar_cs_${stableText('polar secret', 43)}`,
};
const foreignClientId = `polar_ci_${stableText('polar foreign client', 43)}`;
const prefixes = { access_token: 'polar_at_u_', refresh_token: 'polar_rt_u_' } as const;
const scope = 'openid profile email';

export const polar = defineSandbox({
  behaviour: behaviourSchema,
  create: () => {
    const store = new TokenStore(({ type }) => mintToken(prefixes[type]));
    return {
      secret: { ...client },
      options: () => ({}),
      endpointOf: createRouter(
        {
          'POST /v1/oauth2/revoke': { purpose: 'revoke', answer: (call) => revoke(store, call) },
          'POST /v1/oauth2/introspect': {
            purpose: 'verify',
            answer: (call) => introspect(store, call),
          },
          'GET /v1/oauth2/userinfo': { purpose: 'verify', answer: (call) => userInfo(store, call) },
        },
        ({ path, method }) =>
          /^\/v1\/oauth2\/(revoke|introspect|userinfo)$/.test(path) && method !== 'HEAD'
            ? json(405, { detail: 'Method Not Allowed' })
            : json(404, { detail: 'Not Found' }),
      ),
      // Its rate-limit middleware (asgi-ratelimit) writes no body.
      throttled: () => ({ status: 429 }),
      namesRetryAfter: true,
      tokens: tokenSource(store, { own: client.clientId, foreign: foreignClientId }),
    };
  },
});

async function revoke(store: TokenStore, call: Call): Promise<Answer> {
  const found = await lookUp(store, call);
  if ('status' in found) return found;
  if (found.token !== undefined) {
    if (found.token.authorization.clientId !== client.clientId) return refuse(400, 'invalid_grant');
    // A pair is one row; the row counts as revoked once either half is.
    revokeAll(found.token.authorization);
  }
  return oauth(200, {});
}

async function introspect(store: TokenStore, call: Call): Promise<Answer> {
  const found = await lookUp(store, call);
  if ('status' in found) return found;
  if (found.token === undefined) return oauth(200, { active: false });
  const { clientId, subject, issuedAt, access } = found.token.authorization;
  const [half] = access;
  // Expiry is the access half's, also for a refresh token that would still work.
  if (clientId !== client.clientId || half === undefined || !isLive(half)) {
    return oauth(200, { active: false });
  }
  return oauth(200, {
    active: true,
    client_id: clientId,
    token_type: 'Bearer',
    scope,
    sub_type: 'user',
    sub: subject,
    organizations: [],
    aud: clientId,
    iss: 'https://polar.sh',
    exp: Math.floor(half.expiresAt / 1000),
    iat: Math.floor(issuedAt / 1000),
  });
}

function userInfo(store: TokenStore, call: Call): Answer {
  const bearer = authorization(call, 'bearer');
  if (bearer === undefined) return json(401, { error: 'Unauthorized', detail: 'Unauthorized' });
  const token = store.find(bearer, 'access_token');
  if (token !== undefined && isLive(token)) return json(200, { sub: token.authorization.subject });
  const description =
    'The access token provided is expired, revoked, malformed, or invalid for other reasons.';
  return refuse(401, 'invalid_token', description, {
    'www-authenticate': `Bearer error="invalid_token", error_description="${description}"`,
  });
}

/** What both endpoints begin with, in the server's order: client, parameters, token. */
async function lookUp(
  store: TokenStore,
  call: Call,
): Promise<Answer | { token: StoredToken | undefined }> {
  // Parameters are read from the form body alone; another body is an empty form.
  const form = (await formFields(call)) ?? new Map<string, string>();
  const refusal = refuseClient(call, form);
  if (refusal !== undefined) return refusal;
  const value = form.get('token');
  if (value === undefined) return refuse(400, 'invalid_request');
  const hint = form.get('token_type_hint') ?? '';
  if (hint !== '' && !isTokenType(hint)) return refuse(401, 'unsupported_token_type');
  // A hint narrows the search and is never widened again, against RFC 7009 section 2.1.
  return { token: store.find(value, isTokenType(hint) ? hint : undefined) };
}

const isTokenType = (text: string): text is TokenType =>
  text === 'access_token' || text === 'refresh_token';

/** Tries Basic, then the body; undefined once one of them is right. */
function refuseClient(call: Call, form: ReadonlyMap<string, string>): Answer | undefined {
  const posted = { clientId: form.get('client_id'), clientSecret: form.get('client_secret') };
  const attempts = [
    { ...basicCredentials(call), statusIfUnknown: 401 },
    { ...posted, statusIfUnknown: 400 },
  ];
  for (const { clientId, clientSecret, statusIfUnknown } of attempts) {
    if (!clientId || !clientSecret) continue;
    if (clientId !== client.clientId && clientId !== foreignClientId) {
      return refuseCredentials(statusIfUnknown, 'The client does not exist on this server.');
    }
    if (clientId === client.clientId && clientSecret === client.clientSecret) return undefined;
  }
  return refuseCredentials(
    401,
    "The client cannot authenticate with methods: ['client_secret_basic', 'client_secret_post']",
  );
}

function refuseCredentials(status: number, description: string): Answer {
  const challenge = `Basic error="invalid_client", error_description="${description}"`;
  const headers = status === 401 ? { 'www-authenticate': challenge } : {};
  return { ...refuse(status, 'invalid_client', description, headers), unauthorized: true };
}

const refuse = (
  status: number,
  error: string,
  description?: string,
  headers: Record<string, string> = {},
): Answer => oauth(status, { error, error_description: description }, headers);

const oauth = (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  json(status, body, { 'cache-control': 'no-store', pragma: 'no-cache', ...headers });

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 37 random characters and their CRC-32 in base 62, behind a prefix. */
function mintToken(prefix: string): string {
  let body = '';
  for (const byte of randomBytes(37)) body += letters[byte % 62];
  return `${prefix}${body}${checksum(body)}`;
}

function checksum(text: string): string {
  let digits = '';
  for (let rest = crc32(text); rest > 0; rest = Math.floor(rest / 62)) {
    digits = `${letters[rest % 62]}${digits}`;
  }
  return digits.padStart(6, '0');
}
