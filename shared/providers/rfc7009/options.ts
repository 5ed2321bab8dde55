import type { JWK } from 'jose';
import * as z from 'zod';
import { serverUrl, serverUrlProblem } from '../configuration.ts';

/** A path of the configured server. Not `//host`, which a reader may take for another server. */
export const isPath = (value: string): boolean => /^\/(?![/\\])/.test(value);

/**
 * Why an absolute URL cannot be an endpoint; undefined when it can. RFC 6749 §3.2 lets an
 * endpoint have a query, to be kept as it is, but no fragment.
 */
export function endpointProblem(value: string): string | undefined {
  if (value.includes('#')) return 'must not have a fragment';
  return serverUrlProblem(value.split('?', 1)[0] ?? '');
}

const endpoint = z.string().superRefine((value, context) => {
  const problem = isPath(value)
    ? endpointProblem(`https://server${value}`)
    : endpointProblem(value);
  if (problem !== undefined) {
    context.addIssue({ code: 'custom', message: `${problem}; or be a path that starts with /` });
  }
});

/** What an `rfc7009` provider may set besides its `baseUrl`. */
export const options = z.strictObject({
  /** How we say who we are. RFC 8414 §2 has the same default for a server that names none. */
  clientAuth: z
    .enum(['client_secret_basic', 'client_secret_post', 'none', 'private_key_jwt'])
    .default('client_secret_basic'),
  /** Whose metadata to discover, and the audience of a signed assertion; default: the base URL. */
  issuer: serverUrl.optional(),
  /** Absolute, or a path below the base URL. When it is set, nothing is discovered. */
  revocationEndpoint: endpoint.optional(),
  /** Where to look a token up after a doubtful answer; default: as discovered, else nowhere. */
  introspectionEndpoint: endpoint.optional(),
  /**
   * Whether a job's `tokenType` is sent as `token_type_hint`. RFC 7009 §2.1 makes a server search
   * further when the hint misses, but some do not (Sentry, and Authlib servers such as Polar): they
   * answer 200 and the token lives on. Without a hint every server has to look everywhere.
   */
  sendTokenTypeHint: z.boolean().default(false),
  /** Of `private_key_jwt`; default: the JWK's own `alg`, else RS256. */
  signingAlgorithm: z
    .enum([
      'RS256',
      'RS384',
      'RS512',
      'PS256',
      'PS384',
      'PS512',
      'ES256',
      'ES384',
      'ES512',
      'EdDSA',
      'Ed25519',
    ])
    .optional(),
});

/** `clientId`, and what the configured `clientAuth` needs besides it. */
export const secret = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
  /** A private JWK, or a PKCS#8 key in PEM. */
  privateKey: z
    .union([
      z.string().min(1),
      z.custom<JWK>(
        (value) => typeof value === 'object' && value !== null && 'kty' in value,
        'must be a JWK or a PEM string',
      ),
    ])
    .optional(),
  /** The assertion's `kid`; default: the JWK's own. */
  keyId: z.string().min(1).optional(),
});

export type Options = z.output<typeof options>;
export type Secret = z.output<typeof secret>;
