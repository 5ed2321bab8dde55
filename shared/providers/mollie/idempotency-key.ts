import { createHash } from 'node:crypto';

/**
 * A key that is the same whenever a call is repeated whose answer got lost, so that it is not a second
 * one: within a day Mollie answers it as it answered the first, which brings back a 204 that got
 * lost on the way. It recommends version 4 UUIDs; this one has their form, with a digest where
 * those have chance.
 *
 * It is made of the call's id alone. The token must leave no trace in a header, and digests of
 * tokens would let whoever logs headers find out which jobs share one.
 *
 * @see https://docs.mollie.com/reference/api-idempotency
 * @see https://github.com/mollie/mollie-api-node (src/communication/makeRetrying.ts, for DELETE)
 */
export function idempotencyKey(callId: string): string {
  const digest = createHash('sha256').update(`rescind mollie ${callId}`).digest();
  // RFC 9562 §4: the version is the high half of byte 6, the variant the top two bits of byte 8.
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x40, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}
