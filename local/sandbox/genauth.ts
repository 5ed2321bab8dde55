import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { stableText } from './credentials.ts';
import {
  type Answer,
  basicCredentials,
  type Call,
  type Credentials,
  formFields,
  json,
  parseJson,
} from './http.ts';
import { createRouter, defineSandbox, type Endpoint, tokenSource } from './model.ts';
import { isLive, type Mint, revokeAll, type StoredToken, TokenStore } from './tokens.ts';

/**
 * GenAuth (Authing), after its SDK's revokeToken and introspectToken
 * (https://docs.genauth.ai, GenAuth-Official/genauth-node-sdk). Its documents say 200 without a
 * body for success and nothing on errors; those here are node-oidc-provider's, whose routes
 * GenAuth's are.
 */

const clientAuth = z.enum(['client_secret_post', 'client_secret_basic', 'none']);

const behaviourSchema = z.strictObject({
  /** How the application authenticates when it revokes: a setting of its console. */
  clientAuth: clientAuth.default('client_secret_post'),
  /** The same for introspection, a setting of its own; without it as for revocation. */
  introspectionClientAuth: clientAuth.optional(),
  /** Which paths the configuration names; both are served. */
  protocol: z.enum(['oidc', 'oauth']).default('oidc'),
  /** What a revocation kills: the grant if it is a refresh token, always the grant, or the token. */
  reach: z.enum(['refresh_kills_grant', 'grant', 'token']).default('refresh_kills_grant'),
  /** Another application's token: 200 and alive, or 400. */
  foreignToken: z.enum(['ignored', 'refused']).default('ignored'),
  /** Gateway errors: HTTP 200 with the error in the body, as the V3 API's error page describes. */
  gateway: z.enum(['off', 'forbidden', 'throttled']).default('off'),
  /** The status line of a throttled answer, whose body says 429 either way. */
  throttleStatus: z.literal([429, 200]).default(429),
});
export type GenauthBehaviour = z.input<typeof behaviourSchema>;
type Behaviour = z.output<typeof behaviourSchema>;

const client: Credentials = {
  clientId: stableText('genauth client', 24),
  clientSecret: stableText('genauth secret', 32),
};
const foreignClientId = stableText('genauth foreign client', 24);
const signingKey = randomBytes(32);
const scope = 'openid profile offline_access';

export const genauth = defineSandbox({
  behaviour: behaviourSchema,
  create: ({ origin, behaviour }) => {
    const issuer = `${origin}/oidc`;
    const store = new TokenStore(({ type, ...token }) =>
      type === 'refresh_token' ? randomBytes(32).toString('base64url') : mintJwt(issuer, token),
    );
    const revocation: Endpoint = {
      purpose: 'revoke',
      answer: async (call) =>
        authenticated(call, behaviour(), behaviour().clientAuth, (value) =>
          revoke(store.find(value), behaviour()),
        ),
    };
    const introspection: Endpoint = {
      purpose: 'verify',
      answer: async (call) =>
        authenticated(
          call,
          behaviour(),
          behaviour().introspectionClientAuth ?? behaviour().clientAuth,
          (value) => introspect(store.find(value), issuer),
        ),
    };
    return {
      secret: { ...client },
      options: () => {
        const { clientAuth, introspectionClientAuth, protocol } = behaviour();
        const introspection =
          introspectionClientAuth === undefined ? {} : { introspectionClientAuth };
        return { clientAuth, ...introspection, protocol };
      },
      endpointOf: createRouter(
        {
          'POST /oidc/token/revocation': revocation,
          'POST /oauth/token/revocation': revocation,
          'POST /oidc/token/introspection': introspection,
          'POST /oauth/token/introspection': introspection,
        },
        ({ method, path }) =>
          refuse(
            404,
            'invalid_request',
            `unrecognized route or not allowed method (${method} on ${path})`,
          ),
      ),
      throttled: () => ({ ...gatewayError(429), status: behaviour().throttleStatus }),
      namesRetryAfter: false,
      tokens: tokenSource(store, { own: client.clientId, foreign: foreignClientId }),
    };
  },
});

/** Everything before the token itself is looked at. */
async function authenticated(
  call: Call,
  { gateway }: Behaviour,
  method: Behaviour['clientAuth'],
  answer: (token: string) => Answer,
): Promise<Answer> {
  if (gateway !== 'off') return gatewayError(gateway === 'throttled' ? 429 : 403);
  const form = await formFields(call);
  if (form === undefined && call.headers['content-type'] !== undefined) {
    const accepted = 'only application/x-www-form-urlencoded content-type bodies are supported';
    return refuse(400, 'invalid_request', `${accepted} on POST ${call.path}`);
  }
  const refusal = refuseClient(call, form ?? new Map(), method);
  if (refusal !== undefined) return refusal;
  const token = form?.get('token');
  if (token === undefined)
    return refuse(400, 'invalid_request', 'missing required parameter token');
  return answer(token);
}

function revoke(token: StoredToken | undefined, { reach, foreignToken }: Behaviour): Answer {
  const done: Answer = { status: 200 };
  if (token === undefined) return done;
  if (token.authorization.clientId !== client.clientId) {
    return foreignToken === 'ignored'
      ? done
      : refuse(400, 'invalid_request', 'client is not authorized to revoke the presented token');
  }
  if (reach === 'grant' || (reach === 'refresh_kills_grant' && token.type === 'refresh_token')) {
    revokeAll(token.authorization);
  } else {
    token.revoked = true;
  }
  return done;
}

function introspect(token: StoredToken | undefined, issuer: string): Answer {
  if (token === undefined || !isLive(token)) return json(200, { active: false });
  const { clientId, subject, issuedAt } = token.authorization;
  if (clientId !== client.clientId) return json(200, { active: false });
  const isRefresh = token.type === 'refresh_token';
  return json(200, {
    active: true,
    sub: subject,
    client_id: clientId,
    // JSON.stringify leaves out what is undefined: an opaque refresh token has neither.
    exp: isRefresh ? undefined : Math.floor(token.expiresAt / 1000),
    jti: isRefresh ? undefined : jwtId(token.value),
    iat: Math.floor(issuedAt / 1000),
    iss: issuer,
    scope,
    token_type: 'Bearer',
  });
}

/** Only the method that the console names is accepted; undefined when it was used rightly. */
function refuseClient(
  call: Call,
  form: ReadonlyMap<string, string>,
  method: Behaviour['clientAuth'],
): Answer | undefined {
  const basic = basicCredentials(call);
  const id = form.get('client_id');
  const secret = form.get('client_secret');
  if (basic === undefined && id === undefined) {
    return {
      ...refuse(400, 'invalid_request', 'no client authentication mechanism provided'),
      unauthorized: true,
    };
  }
  const used =
    basic !== undefined
      ? 'client_secret_basic'
      : secret !== undefined
        ? 'client_secret_post'
        : 'none';
  const given = { clientId: basic?.clientId ?? id, clientSecret: basic?.clientSecret ?? secret };
  const isRight =
    used === method &&
    given.clientId === client.clientId &&
    (method === 'none' || given.clientSecret === client.clientSecret);
  if (isRight) return undefined;
  const answer = refuse(401, 'invalid_client', 'client authentication failed');
  const challenge = { 'www-authenticate': 'Basic realm="sandbox", error="invalid_client"' };
  return {
    ...answer,
    headers: { ...answer.headers, ...(basic === undefined ? {} : challenge) },
    unauthorized: true,
  };
}

const refuse = (status: number, error: string, description: string): Answer =>
  json(status, { error, error_description: description });

/** "An HTTP 200 does not mean that the operation succeeded": the result is in the body. */
const gatewayError = (statusCode: 403 | 429): Answer =>
  json(200, {
    statusCode,
    ...(statusCode === 403 ? { apiCode: 2333 } : {}),
    message: statusCode === 403 ? 'Forbidden' : 'ThrottleError',
    requestId: randomUUID(),
  });

/** Access tokens are JWTs: whoever checks them locally goes on accepting a revoked one. */
function mintJwt(
  iss: string,
  { subject, clientId, issuedAt, expiresAt }: Omit<Parameters<Mint>[0], 'type'>,
): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({
    iss,
    sub: subject,
    aud: clientId,
    scope,
    iat: Math.floor(issuedAt / 1000),
    exp: Math.floor(expiresAt / 1000),
    jti: randomUUID(),
  })}`;
  return `${content}.${createHmac('sha256', signingKey).update(content).digest('base64url')}`;
}

function jwtId(jwt: string): unknown {
  const claims = parseJson(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8'));
  return typeof claims === 'object' && claims !== null && 'jti' in claims ? claims.jti : undefined;
}
