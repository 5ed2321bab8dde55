import * as z from 'zod';
import type { SlicePlace } from '../domain/slice.ts';
import { leftAloneKey } from './keys.ts';
import { expiry } from './revocations.ts';
import type { Table } from './table.ts';

/** One delivery of a message. */
export interface DeliveryCount {
  readonly messageId: string;
  /** How often SQS has delivered the message, this time included. */
  readonly receives: number;
}

/**
 * Deliveries on which a worker left a slice alone because it was of a newer format. The slice's own
 * item is not for that worker to write, and without a note the next worker would take those
 * deliveries for ones that died.
 */
export interface LeftAlone {
  /** Notes that this delivery, and so the earlier ones too, did not die. */
  readonly note: (place: SlicePlace, delivery: DeliveryCount) => Promise<void>;
  /** @returns the last delivery of this message that was noted; 0 when none was */
  readonly last: (place: SlicePlace, messageId: string) => Promise<number>;
}

/** As long as SQS may keep the message. */
const keptDays = 14;

const noteItem = z.object({ messageId: z.string(), receives: z.number() });

export function createLeftAlone(table: Table): LeftAlone {
  return {
    note: async (place, { messageId, receives }) => {
      await table.put({
        ...leftAloneKey(place),
        messageId,
        receives,
        expiresAt: expiry(keptDays),
      });
    },
    last: async (place, messageId) => {
      const note = noteItem.safeParse(await table.get(leftAloneKey(place))).data;
      return note?.messageId === messageId ? note.receives : 0;
    },
  };
}
