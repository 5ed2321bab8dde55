import * as z from 'zod';
import { idempotencyKey } from './keys.ts';
import type { Table } from './table.ts';

const claimItem = z.object({ revocation: z.string(), body: z.string(), expiresAt: z.number() });

/** What an Idempotency-Key turned out to be. */
export type Claim =
  /** New: go on with the id that was offered. */
  | { readonly kind: 'new' }
  /** Seen with the same body: this is the revocation it made. */
  | { readonly kind: 'same'; readonly revocation: string }
  /** Seen with another body. */
  | { readonly kind: 'conflict' };

/** Remembers Idempotency-Keys for 24 hours, by caller. */
export interface Idempotency {
  /**
   * @param key digest of caller and Idempotency-Key
   * @param body keyed digest of the request body
   * @param revocation the id to use if the key is new
   */
  readonly claim: (key: string, body: string, revocation: string) => Promise<Claim>;
}

const keptSeconds = 86_400;

export function createIdempotency(table: Table): Idempotency {
  return {
    claim: async (key, body, revocation) => {
      const now = Math.floor(Date.now() / 1000);
      // DynamoDB deletes expired items late, so the condition looks at the time as well.
      for (;;) {
        const claimed = await table.put(
          { ...idempotencyKey(key), body, revocation, expiresAt: now + keptSeconds },
          'attribute_not_exists(pk) OR expiresAt <= :now',
          { values: { ':now': now } },
        );
        if (claimed) return { kind: 'new' };
        const item = await table.get(idempotencyKey(key));
        if (item === undefined) continue;
        const held = claimItem.parse(item);
        return held.body === body
          ? { kind: 'same', revocation: held.revocation }
          : { kind: 'conflict' };
      }
    },
  };
}
