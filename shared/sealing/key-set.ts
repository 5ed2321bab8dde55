import { base64url } from 'jose';
import * as z from 'zod';
import { keySeed, keysOfSeed } from './seed.ts';

/**
 * The secret `rescind/sealing-keys`: a JWK set (RFC 7517), or the seed of one. Every `use: "enc"`
 * key opens what it sealed; the first of them seals. The one `use: "sig"` key makes fingerprints
 * and is never rotated, or a token's fingerprint would change.
 *
 * `createdAt`, `replacedAt` and `writtenAt` are members of our own: what the rotation goes by.
 * Members that are not known are kept as they are.
 */
const octetKey = z.looseObject({
  kty: z.literal('oct'),
  kid: z.string().min(1),
  k: z.base64url().min(1),
  createdAt: z.iso.datetime().optional(),
  /** Since when another key seals. */
  replacedAt: z.iso.datetime().optional(),
});
const sealingKey = z.discriminatedUnion('use', [
  octetKey.extend({ use: z.literal('enc') }),
  octetKey.extend({ use: z.literal('sig') }),
]);
const keySet = z.looseObject({
  keys: z.array(sealingKey),
  /** When the rotation last wrote the set. */
  writtenAt: z.iso.datetime().optional(),
});

/** One key of the set, as the secret holds it: the key itself included. */
export type SealingKey = z.infer<typeof sealingKey>;
export type KeySet = z.infer<typeof keySet>;

/** The sealing keys' secret is missing, malformed, or lacks a key. Never quotes it. */
export class SealingKeysFault extends Error {
  override readonly name = 'SealingKeysFault';
}

/**
 * The keys that the secret's text holds or stands for.
 *
 * @throws SealingKeysFault
 */
export function readKeySet(secret: string): KeySet {
  let json: unknown;
  try {
    json = JSON.parse(secret);
  } catch {
    throw new SealingKeysFault('the sealing keys are not JSON');
  }
  const seed = keySeed.safeParse(json);
  if (seed.success) return { keys: keysOfSeed(seed.data) };
  const parsed = keySet.safeParse(json);
  if (!parsed.success) {
    throw new SealingKeysFault(
      'the sealing keys are neither a seed of version 1 nor a JWK set of "oct" keys with kid and use',
    );
  }
  return parsed.data;
}

/** A fresh key. */
export const newSealingKey = <Use extends 'enc' | 'sig'>(use: Use, now: Date) => ({
  kty: 'oct' as const,
  use,
  kid: `${use}-${now.toISOString().slice(0, 10)}-${crypto.randomUUID().slice(0, 8)}`,
  k: base64url.encode(crypto.getRandomValues(new Uint8Array(32))),
  createdAt: now.toISOString(),
});
