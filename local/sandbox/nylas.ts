import { randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { stableText } from './credentials.ts';
import { type Answer, authorization, type Call, json, mediaType } from './http.ts';
import { createRouter, defineSandbox, tokenSource } from './model.ts';
import { isLive, revokeAll, type StoredToken, TokenStore } from './tokens.ts';

/**
 * Nylas' hosted OAuth, after
 * https://developer.nylas.com/docs/reference/api/authentication-apis/revoke_oauth2_token_and_grant/
 * and the errors and rate-limits pages of the same site.
 */

const behaviourSchema = z.strictObject({
  /** A wrong API key is documented both as 401 and, as `token.unauthorized_access`, as 400. */
  wrongKeyStatus: z.literal([401, 400]).default(401),
  /** Whether `token` may be a refresh token; only access tokens are documented. */
  acceptsRefreshTokens: z.boolean().default(false),
  /** The `error` of a token that cannot be revoked; its value is not documented. */
  deadTokenError: z.string().default('invalid_token'),
  /** Whether tokeninfo goes on answering 200 for a revoked token until it expires. */
  tokenInfoOutlivesToken: z.boolean().default(false),
});
export type NylasBehaviour = z.input<typeof behaviourSchema>;
type Behaviour = z.output<typeof behaviourSchema>;

const apiKey = `nyk_v0_${stableText('nylas key', 56)}`;
const applications = { own: 'sandbox-application', foreign: 'other-application' };

interface State {
  readonly store: TokenStore;
  readonly behaviour: Behaviour;
}

export const nylas = defineSandbox({
  behaviour: behaviourSchema,
  create: ({ behaviour }) => {
    const store = new TokenStore(() => randomBytes(48).toString('base64url'));
    const guarded = (answer: (state: State, call: Call) => Answer) => (call: Call) => {
      const state = { store, behaviour: behaviour() };
      return refuseKey(state, call) ?? answer(state, call);
    };
    return {
      secret: { apiKey },
      options: () => ({}),
      endpointOf: createRouter(
        {
          'POST /v3/connect/revoke': { purpose: 'revoke', answer: guarded(revoke) },
          'GET /v3/connect/tokeninfo': { purpose: 'verify', answer: guarded(tokenInfo) },
        },
        () => refuse(404, 'api.not_found_error', 'Resource not found.'),
      ),
      // Without provider_error: that is how Nylas' own limit is told from a mail provider's.
      throttled: () => refuse(429, 'nylas_rate_limit_exceeded', 'Too many requests.'),
      namesRetryAfter: false,
      tokens: tokenSource(store, applications),
    };
  },
});

/** The bearer may be the API key or an access token of the application. */
function refuseKey({ store, behaviour }: State, call: Call): Answer | undefined {
  const bearer = authorization(call, 'bearer');
  if (bearer === apiKey) return undefined;
  const token = bearer === undefined ? undefined : store.find(bearer, 'access_token');
  if (isUsable(token)) return undefined;
  const answer =
    behaviour.wrongKeyStatus === 401
      ? refuse(401, 'api.authentication_error', 'Unauthorized')
      : refuse(400, 'token.unauthorized_access', 'Invalid API key.');
  return { ...answer, unauthorized: true };
}

function revoke({ store, behaviour }: State, call: Call): Answer {
  // The endpoint takes no body. Nylas' SDKs send none, or `{}` as JSON; a form is not known good.
  if (!['', 'application/json'].includes(mediaType(call))) {
    return refuseOAuth('invalid_request', 'The content type is not supported.');
  }
  const value = call.query.get('token') ?? '';
  if (value === '') return refuseOAuth('invalid_request', 'The parameter token is missing.');
  const token = store.find(value, behaviour.acceptsRefreshTokens ? undefined : 'access_token');
  if (!isUsable(token)) {
    return refuseOAuth(
      behaviour.deadTokenError,
      'The token could not be revoked: it is invalid or already expired.',
    );
  }
  // The child access tokens and the parent refresh token die as well; the grant lives on.
  revokeAll(token.authorization);
  // The documents show no body, but Nylas' SDKs parse one.
  return json(200, { request_id: randomUUID() });
}

function tokenInfo({ store, behaviour }: State, call: Call): Answer {
  const token = store.find(call.query.get('access_token') ?? '', 'access_token');
  const outlives =
    behaviour.tokenInfoOutlivesToken && token !== undefined && Date.now() < token.expiresAt;
  if (token === undefined || !(isUsable(token) || outlives)) {
    return refuseOAuth(behaviour.deadTokenError, 'The token is invalid or has expired.');
  }
  const { subject, clientId, issuedAt } = token.authorization;
  return json(200, {
    request_id: randomUUID(),
    data: {
      iss: 'https://nylas.com',
      aud: clientId,
      sub: subject,
      email: `${subject}@example.com`,
      iat: Math.floor(issuedAt / 1000),
      exp: Math.floor(token.expiresAt / 1000),
    },
  });
}

const isUsable = (token: StoredToken | undefined): token is StoredToken =>
  token !== undefined && isLive(token) && token.authorization.clientId === applications.own;

/** The shape of Nylas' errors in general. */
const refuse = (status: number, type: string, message: string): Answer =>
  json(status, { request_id: randomUUID(), error: { type, message } });

/** The shape of the OAuth endpoints' own 400s. `error_code` is a number in practice. */
const refuseOAuth = (error: string, description: string): Answer =>
  json(400, {
    error,
    error_code: 400,
    error_description: description,
    error_uri: 'https://accounts.nylas.io/#tag/Event-Codes',
    request_id: randomUUID(),
  });
