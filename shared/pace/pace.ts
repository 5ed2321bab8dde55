import { paceKey } from '../store/keys.ts';
import type { Table } from '../store/table.ts';
import { rateAfterThrottle } from './learnt.ts';
import { isHalfOpen, isPaused, type PaceState, type PauseReason, paceItem } from './state.ts';
import { guardOf, type Rate, type Tempo, tempoOf } from './tempo.ts';
import { createLine } from './waiting-line.ts';

/** What a worker got when it asked to make calls. */
export type Reservation =
  /**
   * Up to `slots` calls may start, the n-th of them at `first + n * interval`; an interval of 0
   * means that calls are neither spaced nor counted. Those up to `at` are the lane's burst; of the
   * others, late ones keep `gap` milliseconds between them.
   */
  | {
      readonly kind: 'go';
      readonly at: number;
      readonly first: number;
      readonly interval: number;
      readonly gap: number;
      readonly slots: number;
      readonly state: PaceState;
    }
  /** One job may be tried, to find out whether the provider answers again. */
  | { readonly kind: 'probe'; readonly state: PaceState }
  /** The lane stands still, or its slots are taken, until then. */
  | { readonly kind: 'wait'; readonly until: number; readonly state: PaceState };

/** What a worker knows when it pauses the lane. */
export interface PauseFacts {
  /** Calls a second that were made, as far as it can tell; of a 429. */
  readonly measuredRate?: number;
  /** Version of the secret that was refused. */
  readonly refusedSecret?: string | undefined;
}

/** The pace of one provider's lane, shared by all its workers through one item. */
export interface Pace {
  /**
   * Reserves slots for calls that start within `withinMs` from now: one conditional write, or one
   * read where nothing limits the provider's rate. Of a lane whose pause is over and nobody knows
   * whether the provider answers again, one worker gets a `probe` and the others wait.
   */
  readonly reserve: (wanted: number, withinMs: number) => Promise<Reservation>;
  /** Claims the probe of a lane that stands still as `state` says, before its pause is over. */
  readonly claim: (state: PaceState) => Promise<Reservation>;
  /** Stops all of the lane's workers until then; never shortens a longer pause. */
  readonly pause: (
    until: number,
    reason: PauseReason,
    detail: string,
    facts?: PauseFacts,
  ) => Promise<void>;
  /** Notes that the provider answers again. @param probed the state in which a probe was claimed */
  readonly resume: (probed?: PaceState) => Promise<void>;
  readonly read: () => Promise<PaceState>;
}

/** Of a probe that its worker died over: others wait for it no longer than this. */
const probeMs = 60_000;
/** How soon those look again who wait for another's probe. */
const lookAgainMs = 2000;

/** @param longestProbeMs how long one try at a job may take */
export function createPace(
  table: Table,
  provider: string,
  rate: Rate | undefined,
  longestProbeMs: number = probeMs,
): Pace {
  const key = paceKey(provider);
  const line = createLine(table, key);
  /** As last seen. May be out of date, so every write names what it relies on. */
  let known: PaceState = {};

  const learn = (item: Record<string, unknown>): PaceState => {
    known = paceItem.parse(item);
    return known;
  };
  const read = async (): Promise<PaceState> => learn((await table.get(key)) ?? {});

  /** Moves `nextSlot` on by so many slots, if what `state` says still holds and they fit. */
  const take = async (
    state: PaceState,
    { at, floor, slots, limit }: Plan,
    tempo: Tempo,
  ): Promise<Reservation | undefined> => {
    const { nextSlot = Number.NEGATIVE_INFINITY, round } = state;
    const { interval, gap } = tempo;
    const step = slots * interval + guardOf(tempo, slots);
    const bound = {
      ':floor': floor,
      ':now': at,
      ...(round !== undefined && { ':round': round }),
    };
    const open = `${sameRound(round)} AND attribute_not_exists(probeUntil) AND ${notPaused}`;
    const item =
      nextSlot < floor
        ? await table.update(
            key,
            'SET nextSlot = :next',
            { values: { ...bound, ':next': floor + step } },
            `(attribute_not_exists(nextSlot) OR nextSlot < :floor) AND ${open}`,
          )
        : await table.update(
            key,
            'SET nextSlot = nextSlot + :step',
            { values: { ...bound, ':step': step, ':limit': limit } },
            `nextSlot BETWEEN :floor AND :limit AND ${open}`,
          );
    if (item === undefined) return undefined;
    const taken = learn(item);
    const first = (taken.nextSlot ?? 0) - step;
    return { kind: 'go', at, first, interval, gap, slots, state: taken };
  };

  const claim = async (state: PaceState): Promise<Reservation> => {
    const now = Date.now();
    const { pausedUntil = 0, pauseReason, probeUntil = 0 } = state;
    const claimed = await table.update(
      key,
      // Calls go on from here, should the probe end a pause before its time.
      'SET probeUntil = :until, nextSlot = :now REMOVE lineEnd',
      {
        values: {
          ':until': now + longestProbeMs,
          ':now': now,
          ':paused': pausedUntil,
          ':reason': pauseReason,
        },
      },
      'pausedUntil = :paused AND pauseReason = :reason AND (attribute_not_exists(probeUntil) OR probeUntil <= :now)',
    );
    if (claimed !== undefined) return { kind: 'probe', state: learn(claimed) };
    const until = Math.min(Math.max(probeUntil, now + lookAgainMs / 2), now + lookAgainMs);
    return { kind: 'wait', until: Math.max(until, pausedUntil), state };
  };

  return {
    read,
    claim,

    reserve: async (wanted, withinMs) => {
      let state = rate === undefined ? await read() : known;
      for (let tries = 1; ; tries += 1) {
        const now = Date.now();
        const tempo = tempoOf(rate, state, now);
        const still = isPaused(state, now) || isHalfOpen(state, now);
        if (tempo === undefined && !still) {
          return { kind: 'go', at: now, first: now, interval: 0, gap: 0, slots: wanted, state };
        }
        const plan = tempo && planOf(wanted, withinMs, state, tempo, now);
        if (tempo !== undefined && plan !== undefined && !still) {
          const taken = await take(state, plan, tempo);
          if (taken !== undefined) return taken;
        }
        // What was known may be old, and others may have been faster: look, and try again.
        state = await read();
        if (isPaused(state, now)) return { kind: 'wait', until: state.pausedUntil ?? 0, state };
        if (isHalfOpen(state, now)) return claim(state);
        const current = tempoOf(rate, state, now);
        const full = current !== undefined && !planOf(wanted, withinMs, state, current, now);
        if (!full && tries < maximumTries) continue;
        const { interval } = current ?? { interval: lookAgainMs };
        const turn = await line.join(wanted * interval, Math.max(state.nextSlot ?? 0, now), now);
        // Early enough for the lane not to run out of calls before.
        const early = Math.min(withinMs, current?.horizonMs ?? withinMs) / 2;
        return { kind: 'wait', until: Math.max(turn - early, now + interval), state };
      }
    },

    pause: async (until, pauseReason, lastError, { measuredRate, refusedSecret } = {}) => {
      const now = Date.now();
      const set = [
        'pausedUntil = :until',
        'nextSlot = :until',
        'lineEnd = :until',
        'pauseReason = :reason',
        'lastError = :error',
        'lastErrorAt = :at',
        ...(refusedSecret === undefined ? [] : ['refusedSecret = :secret']),
      ];
      const isDown = pauseReason === 'unavailable';
      const down = isDown ? ['downSince = if_not_exists(downSince, :now)'] : [];
      // Whoever answers 429 or refuses credentials is not down.
      const gone = isDown ? 'probeUntil' : 'probeUntil, downSince';
      const values = {
        ':until': until,
        ':reason': pauseReason,
        ':error': lastError,
        ':at': new Date(now).toISOString(),
        ...(refusedSecret !== undefined && { ':secret': refusedSecret }),
      };
      const learnt =
        pauseReason === 'throttled' && measuredRate !== undefined
          ? rateAfterThrottle(known, now, rate?.requestsPerSecond, measuredRate)
          : undefined;
      const cut = learnt === undefined ? [] : ['learnedRate = :rate', 'learnedAt = :until'];
      // Workers that fail together make one pause: only the first of them counts it.
      const begun = await table.update(
        key,
        `SET ${[...set, ...cut, ...down].join(', ')} REMOVE ${gone} ADD pauses :one, round :one`,
        {
          values: {
            ...values,
            ':one': 1,
            ':now': now,
            ...(learnt !== undefined && { ':rate': learnt }),
          },
        },
        notPaused,
      );
      if (begun !== undefined) {
        learn(begun);
        return;
      }
      const lengthened = await table.update(
        key,
        `SET ${set.join(', ')} REMOVE ${gone}`,
        { values },
        'pausedUntil < :until',
      );
      if (lengthened !== undefined || refusedSecret === undefined) return;
      await table.update(
        key,
        'SET refusedSecret = :secret REMOVE probeUntil',
        { values: { ':secret': refusedSecret, ':now': now } },
        'pausedUntil > :now',
      );
    },

    resume: async (probed) => {
      const values = { ':now': Date.now(), ':probed': probed?.pausedUntil ?? 0 };
      await table.update(
        key,
        'SET resumedAt = :now REMOVE pausedUntil, pauseReason, pauses, downSince, probeUntil, refusedSecret',
        { values },
        'pausedUntil <= :now OR pausedUntil = :probed',
      );
    },
  };
}

/** Slots to be taken, and between which times the next free one must lie for that. */
interface Plan {
  readonly at: number;
  readonly floor: number;
  readonly slots: number;
  readonly limit: number;
}

/** A batch takes fewer slots than it wants rather than none, but not for a handful of calls. */
const worthwhile = 10;

/** @returns undefined where there is no room within the time */
function planOf(
  wanted: number,
  withinMs: number,
  { nextSlot = Number.NEGATIVE_INFINITY }: PaceState,
  { interval, burst, horizonMs }: Tempo,
  now: number,
): Plan | undefined {
  const reachMs = Math.min(withinMs, horizonMs);
  // GCRA: an idle lane may start `burst` calls at once, as if its slots lay in the past.
  const floor = now - (burst - 1) * interval;
  const room = Math.floor((now + reachMs - Math.max(nextSlot, floor)) / interval);
  // One may always be had that can start now.
  const least = nextSlot <= now ? 1 : Math.min(wanted, worthwhile);
  const slots = Math.max(least, Math.min(wanted, room));
  const limit = Math.max(now, now + reachMs - slots * interval);
  return nextSlot > limit ? undefined : { at: now, floor, slots, limit };
}

/** Of a reservation that others keep overtaking. */
const maximumTries = 4;

/** A throttled pause ends by itself, the others by a success. */
const notPaused = '(attribute_not_exists(pausedUntil) OR pausedUntil <= :now)';

const sameRound = (round: number | undefined): string =>
  round === undefined ? 'attribute_not_exists(round)' : 'round = :round';
