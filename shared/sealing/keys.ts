import { base64url } from 'jose';
import * as z from 'zod';

/**
 * The secret `rescind/sealing-keys`: a JWK set (RFC 7517). Every `use: "enc"` key opens what it
 * sealed; the first of them seals. The one `use: "sig"` key makes fingerprints and is never
 * rotated, or a token's fingerprint would change.
 */
const octetKey = z.object({
  kty: z.literal('oct'),
  kid: z.string().min(1),
  k: z.base64url().min(1),
});
const keySet = z.object({
  keys: z.array(
    z.discriminatedUnion('use', [
      octetKey.extend({ use: z.literal('enc') }),
      octetKey.extend({ use: z.literal('sig') }),
    ]),
  ),
});

/** Sealing keys, ready for use. */
export interface SealingKeys {
  readonly sealWith: { readonly kid: string; readonly key: Uint8Array };
  readonly openWith: ReadonlyMap<string, Uint8Array>;
  readonly fingerprintWith: Uint8Array;
}

/** The sealing keys' secret is missing, malformed, or lacks a key. Never quotes it. */
export class SealingKeysFault extends Error {
  override readonly name = 'SealingKeysFault';
}

/** @throws SealingKeysFault */
export function parseSealingKeys(secret: string): SealingKeys {
  let json: unknown;
  try {
    json = JSON.parse(secret);
  } catch {
    throw new SealingKeysFault('the sealing keys are not JSON');
  }
  const parsed = keySet.safeParse(json);
  if (!parsed.success) {
    throw new SealingKeysFault('the sealing keys are not a JWK set of "oct" keys with kid and use');
  }
  const openWith = new Map<string, Uint8Array>();
  let fingerprintWith: Uint8Array | undefined;
  for (const { use, kid, k } of parsed.data.keys) {
    const key = base64url.decode(k);
    if (key.length !== 32) throw new SealingKeysFault(`sealing key ${kid} is not 256 bits long`);
    if (use === 'enc') openWith.set(kid, key);
    else fingerprintWith ??= key;
  }
  const [first] = openWith;
  if (first === undefined) throw new SealingKeysFault('there is no sealing key of use "enc"');
  if (fingerprintWith === undefined) {
    throw new SealingKeysFault('there is no fingerprint key of use "sig"');
  }
  return { sealWith: { kid: first[0], key: first[1] }, openWith, fingerprintWith };
}

/** A fresh JWK set, as JSON text, to seed the secret with. */
export function generateSealingKeys(now = new Date()): string {
  const key = (use: 'enc' | 'sig') => ({
    kty: 'oct',
    use,
    kid: `${use}-${now.toISOString().slice(0, 10)}-${crypto.randomUUID().slice(0, 8)}`,
    k: base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
  });
  return JSON.stringify({ keys: [key('enc'), key('sig')] });
}
