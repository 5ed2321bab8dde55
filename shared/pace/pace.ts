import * as z from 'zod';
import { paceKey } from '../store/keys.ts';
import type { Table } from '../store/table.ts';

/** Why a lane stands still. */
export const pauseReasons = ['throttled', 'unavailable', 'misconfigured'] as const;
export type PauseReason = (typeof pauseReasons)[number];

/** A lane's pace as the table holds it. Times are epoch milliseconds. */
const paceItem = z.object({
  /** When the next call may start. */
  nextSlot: z.number().optional(),
  pausedUntil: z.number().optional(),
  pauseReason: z.enum(pauseReasons).optional(),
  /** Pauses in a row without a success between them. */
  pauses: z.number().optional(),
  /** What the provider last said when it paused the lane. */
  lastError: z.string().optional(),
  lastErrorAt: z.string().optional(),
  /** When a success last ended a pause. */
  resumedAt: z.number().optional(),
});
export type PaceState = z.infer<typeof paceItem>;

export interface Rate {
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/** What a worker got when it asked to make calls. */
export type Reservation =
  /** Up to `slots` calls may start, the n-th of them at `first + n * interval`. */
  | {
      readonly kind: 'go';
      readonly first: number;
      readonly interval: number;
      readonly slots: number;
      readonly state: PaceState;
    }
  /** The lane stands still, or its slots are taken, until then. */
  | { readonly kind: 'wait'; readonly until: number; readonly state: PaceState };

/** The pace of one provider's lane, shared by all its workers through one item. */
export interface Pace {
  /**
   * Reserves slots for calls that start within `withinMs` from now: one conditional write, or one
   * read where the provider has no configured rate.
   */
  readonly reserve: (wanted: number, withinMs: number) => Promise<Reservation>;
  /** Stops all of the lane's workers until then; never shortens a longer pause. */
  readonly pause: (until: number, reason: PauseReason, detail: string) => Promise<void>;
  /** Notes that the provider answers again. */
  readonly resume: () => Promise<void>;
  readonly read: () => Promise<PaceState>;
}

export function createPace(table: Table, provider: string, rate: Rate | undefined): Pace {
  const key = paceKey(provider);

  const read = async (): Promise<PaceState> => paceItem.parse((await table.get(key)) ?? {});

  /** Moves `nextSlot` on by `slots`, from itself or, when it lies behind, from `floor`. */
  const move = async (
    floor: number,
    limit: number,
    step: number,
  ): Promise<PaceState | undefined> => {
    const ahead = await table.update(
      key,
      'SET nextSlot = nextSlot + :step',
      { values: { ':step': step, ':floor': floor, ':limit': limit, ':now': Date.now() } },
      `nextSlot BETWEEN :floor AND :limit AND ${notPaused}`,
    );
    const item =
      ahead ??
      (await table.update(
        key,
        'SET nextSlot = :next',
        { values: { ':next': floor + step, ':floor': floor, ':now': Date.now() } },
        `(attribute_not_exists(nextSlot) OR nextSlot < :floor) AND ${notPaused}`,
      ));
    return item === undefined ? undefined : paceItem.parse(item);
  };

  return {
    read,

    reserve: async (wanted, withinMs) => {
      const now = Date.now();
      if (rate === undefined) {
        const state = await read();
        const until = state.pausedUntil ?? 0;
        return until > now
          ? { kind: 'wait', until, state }
          : { kind: 'go', first: now, interval: 0, slots: wanted, state };
      }
      // GCRA: an idle lane may start `burst` calls at once, as if its slots lay in the past.
      const interval = 1000 / rate.requestsPerSecond;
      const floor = now - (rate.burst - 1) * interval;
      const slots = Math.max(1, Math.min(wanted, Math.floor(withinMs / interval) + rate.burst));
      const limit = now + Math.max(0, withinMs - slots * interval);
      const step = slots * interval;
      for (let tries = 1; ; tries += 1) {
        const state = await move(floor, limit, step);
        if (state?.nextSlot !== undefined) {
          return { kind: 'go', first: state.nextSlot - step, interval, slots, state };
        }
        const held = await read();
        const { pausedUntil = 0, nextSlot = 0 } = held;
        // Another worker set an idle lane going between our two writes: there is room behind it.
        const overtaken = pausedUntil <= now && nextSlot <= limit;
        if (overtaken && tries < maximumTries) continue;
        return {
          kind: 'wait',
          until: Math.max(pausedUntil, nextSlot, now + interval),
          state: held,
        };
      }
    },

    pause: async (until, pauseReason, lastError) => {
      const values = {
        ':until': until,
        ':reason': pauseReason,
        ':error': lastError,
        ':at': new Date().toISOString(),
      };
      const set =
        'SET pausedUntil = :until, pauseReason = :reason, lastError = :error, lastErrorAt = :at';
      // Workers that fail together make one pause: only the first of them counts it.
      const begun = await table.update(
        key,
        `${set} ADD pauses :one`,
        { values: { ...values, ':one': 1, ':now': Date.now() } },
        notPaused,
      );
      if (begun === undefined) await table.update(key, set, { values }, 'pausedUntil < :until');
    },

    resume: async () => {
      await table.update(
        key,
        'SET resumedAt = :now REMOVE pausedUntil, pauseReason, pauses',
        { values: { ':now': Date.now() } },
        'pausedUntil <= :now',
      );
    },
  };
}

/** Of a reservation that others keep overtaking. */
const maximumTries = 3;

const notPaused = '(attribute_not_exists(pausedUntil) OR pausedUntil <= :now)';
