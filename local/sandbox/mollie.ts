import { randomBytes } from 'node:crypto';
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
  jsonFields,
} from './http.ts';
import { createRouter, defineSandbox, tokenSource } from './model.ts';
import { isLive, revokeAll, type StoredToken, TokenStore } from './tokens.ts';

/**
 * Mollie Connect, after https://docs.mollie.com/reference/oauth-revoke-tokens and Mollie's own
 * SDKs. Only 204 and 429 are documented for this endpoint; what else it answers is behaviour.
 */

const deadAnswers = z.enum(['not_found', 'no_content', 'bad_request']);

const behaviourSchema = z.strictObject({
  /** The answer for a dead, unknown or foreign token: 404 HAL, 204, or 400 as RFC 6749 shapes it. */
  deadToken: deadAnswers.default('not_found'),
  /** The answer for a live token under the wrong hint, which stays alive unless `honoured`. */
  wrongHint: z.enum([...deadAnswers.options, 'honoured']).default('not_found'),
});
export type MollieBehaviour = z.input<typeof behaviourSchema>;
type Behaviour = z.output<typeof behaviourSchema>;

const client: Credentials = {
  clientId: `app_${stableText('mollie client', 24)}`,
  clientSecret: stableText('mollie secret', 40),
};
const foreignClientId = `app_${stableText('mollie foreign client', 24)}`;
const prefixes = { access_token: 'access_', refresh_token: 'refresh_' } as const;
/** As many answers as are kept for their idempotency keys; the oldest goes first. */
const rememberedAnswers = 10_000;

export const mollie = defineSandbox({
  behaviour: behaviourSchema,
  create: ({ behaviour }) => {
    const store = new TokenStore(
      ({ type }) => prefixes[type] + randomBytes(24).toString('base64url').replaceAll(/[-_]/g, '0'),
    );
    const replay = createReplay();
    return {
      secret: { ...client },
      options: () => ({}),
      endpointOf: createRouter(
        {
          'DELETE /oauth2/tokens': {
            purpose: 'revoke',
            answer: async (call) => {
              const fields = (await formFields(call)) ?? (await jsonFields(call)) ?? new Map();
              if (!isClient(call, fields)) return unauthorized();
              return replay(call, () => revoke(store, behaviour(), fields));
            },
          },
          // The same path takes token requests by POST: a revocation sent so meets this answer.
          'POST /oauth2/tokens': {
            purpose: 'other',
            answer: async (call) => {
              const fields = (await formFields(call)) ?? (await jsonFields(call));
              return fields?.has('grant_type')
                ? refuseOAuth('unsupported_grant_type', 'The sandbox grants no tokens here')
                : refuseOAuth('invalid_request', 'The grant type was not specified in the request');
            },
          },
          // The cheapest authorised call: how an access token is seen to be alive.
          'GET /v2/organizations/me': {
            purpose: 'verify',
            answer: (call) => {
              const token = store.find(authorization(call, 'bearer') ?? '', 'access_token');
              if (token === undefined || !isLive(token)) return unauthorized();
              return hal(200, {
                resource: 'organization',
                id: 'org_1234567',
                name: 'Sandbox',
                _links: {},
              });
            },
          },
        },
        ({ path }) => refuseHal(404, 'Not Found', `The endpoint ${path} does not exist.`),
      ),
      throttled: () =>
        refuseHal(429, 'Too Many Requests', 'You have exceeded the rate limit. Try again later.'),
      namesRetryAfter: false,
      tokens: tokenSource(store, { own: client.clientId, foreign: foreignClientId }),
    };
  },
});

function revoke(
  store: TokenStore,
  { deadToken, wrongHint }: Behaviour,
  fields: ReadonlyMap<string, string>,
): Answer {
  const hint = fields.get('token_type_hint');
  if (hint !== 'access_token' && hint !== 'refresh_token') {
    return refuseOAuth(
      'invalid_request',
      "Token type hint must be either 'access_token' or 'refresh_token'",
    );
  }
  const value = fields.get('token');
  if (value === undefined)
    return refuseOAuth('invalid_request', 'Missing token parameter to revoke');
  const token = store.find(value);
  if (!isUsable(token)) return answers[deadToken]();
  if (token.type !== hint && wrongHint !== 'honoured') return answers[wrongHint]();
  // A refresh token takes every access token of its authorization along, never the reverse.
  if (token.type === 'refresh_token') revokeAll(token.authorization);
  else token.revoked = true;
  return answers.no_content();
}

const isUsable = (token: StoredToken | undefined): token is StoredToken =>
  token !== undefined && isLive(token) && token.authorization.clientId === client.clientId;

/** Basic, as documented, or both fields in the body, as Mollie's PHP client sends them. */
function isClient(call: Call, fields: ReadonlyMap<string, string>): boolean {
  const { clientId, clientSecret } =
    call.headers.authorization === undefined
      ? { clientId: fields.get('client_id'), clientSecret: fields.get('client_secret') }
      : { ...basicCredentials(call) };
  return clientId === client.clientId && clientSecret === client.clientSecret;
}

/** Answers a repeated Idempotency-Key with the first call's answer, and does nothing again. */
function createReplay(): (call: Call, first: () => Answer) => Answer {
  const remembered = new Map<string, Answer>();
  return ({ headers }, first) => {
    const key = headers['idempotency-key'];
    if (typeof key !== 'string') return first();
    const answer = remembered.get(key) ?? first();
    remembered.set(key, answer);
    const [oldest] = remembered.keys();
    if (remembered.size > rememberedAnswers && oldest !== undefined) remembered.delete(oldest);
    return answer;
  };
}

const hal = (status: number, body: unknown): Answer =>
  json(status, body, { 'content-type': 'application/hal+json' });

const refuseHal = (status: number, title: string, detail: string): Answer =>
  hal(status, {
    status,
    title,
    detail,
    _links: {
      documentation: {
        href: 'https://docs.mollie.com/reference/handling-errors',
        type: 'text/html',
      },
    },
  });

const unauthorized = (): Answer => ({
  ...refuseHal(401, 'Unauthorized Request', 'Missing authentication, or failed to authenticate'),
  unauthorized: true,
});

const refuseOAuth = (error: string, description: string): Answer =>
  json(400, { error, error_description: description });

const answers = {
  no_content: (): Answer => ({ status: 204, headers: { 'content-type': 'application/hal+json' } }),
  not_found: () => refuseHal(404, 'Not Found', 'No token exists with the given value.'),
  bad_request: () => refuseOAuth('invalid_request', 'The token is invalid'),
};
