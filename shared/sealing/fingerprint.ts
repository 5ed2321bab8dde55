import { createHmac } from 'node:crypto';
import type { SealingKeys } from './keys.ts';

/**
 * Names a token to people without showing any of it: HMAC-SHA-256 under the fingerprint key, cut
 * to 96 bits (16 base64url characters). The same token always has the same fingerprint.
 */
export const fingerprint = (token: string, { fingerprintWith }: SealingKeys): string =>
  createHmac('sha256', fingerprintWith).update(token).digest('base64url').slice(0, 16);

/** Tells whether two request bodies are the same without keeping either: HMAC-SHA-256. */
export const bodyDigest = (body: string, { fingerprintWith }: SealingKeys): string =>
  createHmac('sha256', fingerprintWith).update('body\0').update(body).digest('base64url');
