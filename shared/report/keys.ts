import * as z from 'zod';

/** A key that statements can be checked with: a JWK (RFC 8037), named by its thumbprint (RFC 7638). */
export const reportKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().regex(/^[\w-]{43}$/, 'must be 32 bytes in base64url'),
  kid: z.string().min(1),
  use: z.literal('sig'),
  alg: z.literal('EdDSA'),
});

/** What `GET /v1/report-keys` answers: the key that signs first, then those that did before it. */
export const reportKeys = z
  .object({ keys: z.array(reportKey).min(1) })
  .meta({ id: 'ReportKeys', description: 'JWK set (RFC 7517)' });

export type ReportKey = z.infer<typeof reportKey>;
export type ReportKeys = z.infer<typeof reportKeys>;
