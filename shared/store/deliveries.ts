import { createHash } from 'node:crypto';
import * as z from 'zod';
import { epochSeconds } from '../domain/outcome.ts';
import { deliveryKey } from './keys.ts';
import type { Table } from './table.ts';

/** What a delivery turned out to be. */
export type DeliveryClaim =
  /** New, or begun by a call that has died since: go on. */
  | { readonly kind: 'claimed' }
  /** Another call is taking it in right now. */
  | { readonly kind: 'under-way' }
  /** It was taken in before, with this to be told. */
  | ({ readonly kind: 'done' } & DeliveryOutcome);

/** What a repetition is to be told like the first one. */
export interface DeliveryOutcome {
  /** Whether all it named were people of whom nothing was registered. */
  readonly unknownSubject: boolean;
}

/**
 * Remembers what sources of webhooks have sent.
 *
 *     (nothing) ── claim ──▶ begun ── finish ──▶ done
 *                    ▲         │
 *                    └─ after ten seconds, or release
 *
 * A call that dies in between is no lost event: whoever sends it again may go on.
 */
export interface Deliveries {
  /** @param id of the delivery, as its source names it */
  readonly claim: (source: string, id: string) => Promise<DeliveryClaim>;
  readonly finish: (source: string, id: string, outcome: DeliveryOutcome) => Promise<void>;
  /** Lets the next call go on at once. */
  readonly release: (source: string, id: string) => Promise<void>;
}

/**
 * Far longer than intake takes. Should a call take longer still, the one that joins it does no harm:
 * both take in the same jobs, and those are counted once.
 */
const leaseSeconds = 10;
/** Senders repeat for some days, so whatever comes later is no repetition of theirs. */
const keptSeconds = 30 * 86_400;

const deliveryItem = z.object({
  done: z.boolean(),
  unknownSubject: z.boolean().default(false),
});

const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex');

export function createDeliveries(table: Pick<Table, 'get' | 'put' | 'update'>): Deliveries {
  const keyOf = (source: string, id: string) => deliveryKey(source, digestOf(id));
  return {
    claim: async (source, id) => {
      const now = epochSeconds();
      const key = keyOf(source, id);
      // DynamoDB deletes expired items late, so the condition looks at the time as well.
      for (;;) {
        const claimed = await table.put(
          { ...key, done: false, begunAt: now, expiresAt: now + keptSeconds },
          'attribute_not_exists(pk) OR expiresAt <= :now OR (done = :no AND begunAt <= :abandoned)',
          { values: { ':now': now, ':no': false, ':abandoned': now - leaseSeconds } },
        );
        if (claimed) return { kind: 'claimed' };
        const item = await table.get(key);
        if (item !== undefined) {
          const { done, unknownSubject } = deliveryItem.parse(item);
          return done ? { kind: 'done', unknownSubject } : { kind: 'under-way' };
        }
      }
    },

    finish: async (source, id, { unknownSubject }) => {
      const values = { ':yes': true, ':unknown': unknownSubject };
      await table.update(keyOf(source, id), 'SET done = :yes, unknownSubject = :unknown', {
        values,
      });
    },

    release: async (source, id) => {
      const values = { ':none': 0, ':no': false };
      await table.update(keyOf(source, id), 'SET begunAt = :none', { values }, 'done = :no');
    },
  };
}
