import { hkdfSync } from 'node:crypto';
import { base64url } from 'jose';
import * as z from 'zod';
import type { SealingKey } from './key-set.ts';

/**
 * How a new stage's secret begins: Secrets Manager itself makes up the seed when the stack is
 * created (infra/sealing-keys.ts), so that no template and no person ever holds a key.
 */
export const keySeed = z.strictObject({
  version: z.literal(1),
  /** Random characters; 64 letters and digits are 381 bits. */
  seed: z.string().min(64),
});

/**
 * The keys that a seed stands for: HKDF-SHA-256 (RFC 5869), one info text for each. Every reader
 * derives the same ones, so what is written here may never change; a new way is a new version.
 */
export function keysOfSeed({ seed }: z.infer<typeof keySeed>): [SealingKey, SealingKey] {
  const derive = (purpose: string, bytes: number) =>
    new Uint8Array(hkdfSync('sha256', seed, '', `rescind/sealing-keys/1/${purpose}`, bytes));
  // Of its own derivation: it is no secret, and tells the keys of two seeds apart.
  const name = Buffer.from(derive('kid', 4)).toString('hex');
  const key = <Use extends 'enc' | 'sig'>(use: Use) => ({
    kty: 'oct' as const,
    use,
    kid: `${use}-seed-${name}`,
    k: base64url.encode(derive(use, 32)),
  });
  return [key('enc'), key('sig')];
}
