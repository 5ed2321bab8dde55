import {
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWSHeaderParameters,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import * as z from 'zod';
import type { Send } from '../providers/adapter.ts';
import { serverUrl } from '../providers/configuration.ts';
import { strictBase64 } from './compare.ts';
import type { RefusalReason } from './refusal.ts';
import { createRemoteKeys, KeysUnavailable, parsedBy, type RemoteKeys } from './remote-keys.ts';

/** Asymmetric ones only: with the others, whoever can verify could sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/** Where the JWTs of a sender come from and whom they are for. */
export const jwtOptions = {
  issuer: z.string().min(1).describe('The iss of its JWTs, to the letter'),
  audience: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe('The aud that stands for this source; any one of them'),
  jwksUri: serverUrl.describe('Where the sender publishes its keys'),
};

/** Of a JWT's header in Base64url: more than a chain of certificates takes. */
const maximumHeaderLength = 16_384;

/** Clocks differ. */
const clockToleranceSeconds = 60;

type KeyOf = ReturnType<typeof createLocalJWKSet>;

const jwk = z.looseObject({ kty: z.string() });

/** RFC 7517, section 5: keys that are not understood are passed over. */
const jwks = z
  .object({ keys: z.array(z.unknown()) })
  .transform(
    ({ keys }): KeyOf =>
      createLocalJWKSet({ keys: keys.flatMap((key) => jwk.safeParse(key).data ?? []) }),
  );

export const createJwtKeys = (uri: string, send: Send): RemoteKeys<KeyOf> =>
  createRemoteKeys(uri, send, parsedBy(jwks));

export type Verified =
  | { readonly kind: 'verified'; readonly claims: JWTPayload }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

const refusal = (reason: RefusalReason): Verified => ({ kind: 'refused', reason });

/**
 * Verifies a JWT against its sender's keys.
 *
 * @param now epoch seconds
 */
export async function verifyJwt(
  token: string,
  keys: RemoteKeys<KeyOf>,
  now: number,
  options: Pick<JWTVerifyOptions, 'audience' | 'typ' | 'requiredClaims' | 'maxTokenAge'> & {
    issuer: string;
  },
): Promise<Verified> {
  if (!isCompact(token)) return refusal('malformed');
  const verifying = {
    ...options,
    algorithms,
    clockTolerance: clockToleranceSeconds,
    currentDate: new Date(now * 1000),
  };
  try {
    const { payload } = await jwtVerify(token, keyOf(keys), verifying);
    return { kind: 'verified', claims: payload };
  } catch (error) {
    return refusal(reasonOf(error));
  }
}

/** Three parts of Base64url, each spelt as it should be; the first is read before it is verified. */
const isCompact = (token: string): boolean => {
  const parts = token.split('.', 4);
  return (
    parts.length === 3 &&
    (parts[0] ?? '').length <= maximumHeaderLength &&
    parts.every((part) => part !== '' && strictBase64(part, 'base64url') !== undefined)
  );
};

/** A key that is not there may have been published since. */
const keyOf =
  (keys: RemoteKeys<KeyOf>) => async (header: JWSHeaderParameters, token: FlattenedJWSInput) => {
    try {
      return await (await keys.read())(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return (await keys.read({ fresh: true }))(header, token);
    }
  };

function reasonOf(error: unknown): RefusalReason {
  if (error instanceof KeysUnavailable) return 'keys-unavailable';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'wrong-signature';
  if (error instanceof errors.JWTExpired) return 'stale';
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error);
  if (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported
  ) {
    return 'unknown-key';
  }
  if (error instanceof errors.JOSEError) return 'malformed';
  // A published key that cannot be read or is too weak for its algorithm.
  if (error instanceof TypeError || error instanceof DOMException) return 'unknown-key';
  throw error;
}

function claimReason({ claim, reason }: errors.JWTClaimValidationFailed): RefusalReason {
  if (reason === 'missing') return 'malformed';
  switch (claim) {
    case 'iss':
      return 'wrong-issuer';
    case 'aud':
      return 'wrong-audience';
    case 'iat':
    case 'nbf':
      return 'stale';
    default:
      return 'malformed';
  }
}
