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

/**
 * Names a person to the table, and to nobody who lacks the key: HMAC-SHA-256 of what a caller calls
 * them, in Unicode's composed form (NFC), so that one name is one person however it was typed.
 */
export const subjectKey = (subject: string, { fingerprintWith }: SealingKeys): string =>
  createHmac('sha256', fingerprintWith)
    .update('subject\0')
    .update(subject.normalize('NFC'))
    .digest('base64url');
