import { generateKeyPairSync } from 'node:crypto';
import { type IncomingMessage, ServerResponse } from 'node:http';
import { type Client, errors, Provider } from 'oidc-provider';
import * as z from 'zod';
import { stableText } from './credentials.ts';
import { type Answer, type Call, type Credentials, json, type Purpose } from './http.ts';
import { defineSandbox, type TokenSource } from './model.ts';
import { createAdapters } from './oidc-adapter.ts';
import { handOut, type IssuedToken, type IssueOrder } from './tokens.ts';

/**
 * A server certified for OpenID Connect, node-oidc-provider, as an example of RFC 7009 and RFC
 * 7662 that nobody here wrote. Opaque tokens, one confidential client.
 */

const behaviourSchema = z.strictObject({
  /** Whether the configuration names the endpoints, or the issuer whose metadata name them. */
  configuredBy: z.enum(['endpoints', 'issuer']).default('endpoints'),
});
export type Rfc7009Behaviour = z.input<typeof behaviourSchema>;

const clientOf = (label: string): Credentials => ({
  // The dashes are there because RFC 6749 section 2.3.1 clients percent-encode them.
  clientId: `sandbox-${stableText(`${label} client`, 24)}`,
  clientSecret: `sandbox-${stableText(`${label} secret`, 32)}`,
});
const client = clientOf('rfc7009');
const foreignClient = clientOf('rfc7009 foreign');
const paths = { revocation: '/token/revocation', introspection: '/token/introspection' };

export const rfc7009 = defineSandbox({
  behaviour: behaviourSchema,
  create: ({ origin, behaviour }) => {
    const provider = createProvider(origin);
    const handle = provider.callback();
    const purposes = new Map<string, Purpose>([
      [`POST ${paths.revocation}`, 'revoke'],
      [`POST ${paths.introspection}`, 'verify'],
    ]);
    const answer = async (call: Call) => capture(handle, call.request);
    return {
      secret: { ...client },
      options: () => ({
        clientAuth: 'client_secret_basic',
        ...(behaviour().configuredBy === 'issuer'
          ? { issuer: origin }
          : {
              revocationEndpoint: origin + paths.revocation,
              introspectionEndpoint: origin + paths.introspection,
            }),
      }),
      endpointOf: (method, path) => ({
        purpose: purposes.get(`${method} ${path}`) ?? 'other',
        answer,
      }),
      throttled: () =>
        json(429, { error: 'temporarily_unavailable', error_description: 'too many requests' }),
      namesRetryAfter: false,
      tokens: tokensOf(provider),
    };
  },
});

function createProvider(issuer: string): Provider {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const metadata = ({ clientId, clientSecret }: Credentials) => ({
    client_id: clientId,
    client_secret: clientSecret,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['https://client.example.com/callback'],
    id_token_signed_response_alg: 'ES256',
  });
  const provider = new Provider(issuer, {
    // Adapter, keys and policies are given because the defaults announce themselves on the console.
    adapter: createAdapters(),
    jwks: { keys: [privateKey.export({ format: 'jwk' })] },
    cookies: { keys: [stableText('cookies', 32)] },
    clients: [metadata(client), metadata(foreignClient)],
    // One clock: without this an expired token would pass for another 15 seconds.
    clockTolerance: 0,
    ttl: { AccessToken: 3600, RefreshToken: 1_209_600, Grant: 1_209_600 },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: {
        enabled: true,
        // What the default policy does for a confidential client.
        allowedPolicy: (_context, { clientId }, token) => {
          if (token.clientId === clientId) return true;
          throw new errors.InvalidRequest('client is not authorized to revoke the presented token');
        },
      },
    },
  });
  provider.silent = true;
  return provider;
}

/** A response that keeps what is written to it instead of sending it. */
class CapturedResponse extends ServerResponse {
  readonly #done: (answer: Answer) => void;

  constructor(request: IncomingMessage, done: (answer: Answer) => void) {
    super(request);
    this.#done = done;
  }

  override end(...[body]: unknown[]): this {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(this.getHeaders())) {
      if (value !== undefined && name !== 'content-length') headers[name] = String(value);
    }
    this.#done({
      status: this.statusCode,
      headers,
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body.toString() : '',
      unauthorized: this.statusCode === 401,
    });
    return this;
  }
}

/** The server's answer as data, so that faults can still spoil or withhold it. */
const capture = (
  handle: ReturnType<Provider['callback']>,
  request: IncomingMessage,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    handle(request, new CapturedResponse(request, resolve)).catch(reject);
  });

function tokensOf(provider: Provider): TokenSource {
  let subjects = 0;
  const { AccessToken, RefreshToken, Grant } = provider;
  const find = async (value: string) =>
    (await AccessToken.find(value)) ?? (await RefreshToken.find(value));

  async function kill(grantId: string): Promise<void> {
    await AccessToken.adapter.revokeByGrantId(grantId);
    await Grant.adapter.destroy(grantId);
  }

  /** Issues what one authorization holds, as the server's own token endpoint saves it. */
  async function authorize(owner: Client, order: IssueOrder): Promise<readonly IssuedToken[]> {
    subjects += 1;
    const accountId = `user-${subjects}`;
    const grant = new Grant({ clientId: owner.clientId, accountId });
    grant.addOIDCScope('openid offline_access');
    const grantId = await grant.save();
    const fields = {
      client: owner,
      accountId,
      grantId,
      gty: 'authorization_code',
      scope: 'openid offline_access',
    };
    const refresh = await new RefreshToken(fields).save();
    const access: string[] = [];
    const exp = Math.floor(Date.now() / 1000) + Math.ceil(order.expiresInSeconds);
    while (access.length < order.accessTokensPerGrant) {
      access.push(await new AccessToken({ ...fields, exp }).save());
    }
    if (order.dead) await kill(grantId);
    return handOut(order.type, refresh, access);
  }

  return {
    issue: async (order) => {
      const owner = await provider.Client.find(
        order.foreign ? foreignClient.clientId : client.clientId,
      );
      if (owner === undefined) throw new Error('the sandbox lost its client');
      const issued: IssuedToken[] = [];
      while (issued.length < order.count) issued.push(...(await authorize(owner, order)));
      return issued.slice(0, order.count);
    },
    isAlive: async (value) => {
      const token = await find(value);
      return token !== undefined && (await Grant.find(token.grantId)) !== undefined;
    },
    revoke: async (value) => {
      const token = await find(value);
      if (token === undefined) return false;
      await kill(token.grantId);
      return true;
    },
  };
}
