import { setTimeout as sleep } from 'node:timers/promises';
import { describeFault, type Log } from '../../shared/log/logger.ts';
import type { Pace, Reservation } from '../../shared/pace/pace.ts';
import { isPaused, type PaceState, type PauseReason } from '../../shared/pace/state.ts';
import { createSlots, type Granted, type Slots } from './slots.ts';

/** Leave to try one job. */
export interface Ticket {
  /**
   * Waits for a slot for the job's next call, whose first is paid for unless the lane has been paused
   * since; false when it gets none. Another job's probe is not waited for.
   */
  readonly call: () => Promise<boolean>;
  /** Whether a call got no slot. */
  readonly refused: () => boolean;
  /** The job has been tried. To be told whatever became of it. */
  readonly done: () => void;
}

/** Until when nobody passes, in epoch milliseconds, and why; no reason means a lane that is full. */
export interface Stop {
  readonly until: number;
  readonly reason: PauseReason | undefined;
}

/** The way from a batch to its provider: no call passes but in a slot of the lane's pace. */
export interface Gate {
  /** Waits for the next slot; undefined when no further job should begin in this batch. */
  readonly enter: () => Promise<Ticket | undefined>;
  /** Stops everybody, those who wait for a slot included. A short stop is waited out here. */
  readonly stop: (stop: Stop) => void;
  /** What stopped the batch; undefined while it goes on, or has ended by itself. */
  readonly stopped: () => Stop | undefined;
  /** Whether the job under way is to show if the provider answers again. */
  readonly isProbing: () => boolean;
  /** The provider answers again: opens the lane for everybody. */
  readonly prove: () => Promise<void>;
  /** The lane as last seen. */
  readonly state: () => PaceState;
  /** Calls a second that have passed so far. */
  readonly rate: () => number;
}

export interface GateSettings {
  readonly pace: Pace;
  readonly log: Log;
  /** Calls that the batch has yet to make, as far as can be told. */
  readonly wanted: () => number;
  /** Milliseconds in which so much may still be started. */
  readonly startableMs: (what: 'job' | 'call') => number;
  /** Whether there is another secret than the one that was refused. */
  readonly secretChanged: (refused: string) => Promise<boolean>;
  /** Whether an outage has lasted so long that there is no waiting for its end. */
  readonly isHopeless: (state: PaceState) => boolean;
  /** Milliseconds to stay away when the pace cannot be read. */
  readonly awayMs: () => number;
}

/**
 * How long slots are used without looking whether they still hold: a pause that another worker has
 * begun voids them. Ten calls, where those take longer.
 */
const lookMs = 1000;
const looksEvery = 10;
/** Time for a look just before a slot that was waited for. */
const leadMs = 25;
/** Who would pass so soon waits here: going back to the queue takes longer, and costs more. */
const soonMs = 5000;
const patienceMs = 15_000;

/** A probe under way: one job at a time passes, until an answer says how the provider is. */
interface Probe {
  readonly claimed: PaceState;
  underWay: boolean;
  /** Kept when that changes. */
  readonly change: PromiseWithResolvers<void>;
}

type Passed = 'slot' | 'probe' | undefined;

/** The later end of two stops, and the reason that there is: a full lane's is none. */
const longerOf = (one: Stop, other: Stop): Stop => {
  const [longer, shorter] = one.until >= other.until ? [one, other] : [other, one];
  return { until: longer.until, reason: longer.reason ?? shorter.reason };
};

export function createGate(settings: GateSettings): Gate {
  const { pace, log, wanted, startableMs, secretChanged, isHopeless, awayMs } = settings;
  const opened = performance.now();
  let waking = new AbortController();
  let standing: Stop | undefined;
  let shut = false;
  let state: PaceState = {};
  let granted: (Granted & { readonly own: Slots }) | undefined;
  let probe: Probe | undefined;
  let seenAt = 0;
  let waited = 0;
  let started = 0;
  /** Slots are given in order, so those who want one stand in line. */
  let line: Promise<unknown> = Promise.resolve();

  const wake = () => {
    waking.abort();
    waking = new AbortController();
  };

  /** Rounded up, since a timer cuts the fraction off. */
  const rest = (ms: number): Promise<void> =>
    sleep(Math.ceil(ms), undefined, { signal: waking.signal }).catch(() => undefined);

  const stop = (wish: Stop) => {
    standing = standing === undefined ? wish : longerOf(standing, wish);
    granted = undefined;
    const ended = probe;
    probe = undefined;
    ended?.change.resolve();
    wake();
  };

  const beginProbe = (claimed: PaceState) => {
    probe = { claimed, underWay: false, change: Promise.withResolvers() };
  };

  /** Waits a short stop out, and shuts the gate for a long one. */
  const standStill = async (stood: Stop, what: 'job' | 'call'): Promise<void> => {
    const { until, reason } = stood;
    const ms = Math.max(1, until - Date.now());
    const hopeless = reason === 'unavailable' && isHopeless(state);
    if (hopeless || ms > soonMs || waited + ms > patienceMs || startableMs(what) <= ms) {
      shut = true;
      return;
    }
    waited += ms;
    await rest(ms);
    if (standing === stood && until <= Date.now()) standing = undefined;
  };

  /** A new secret may be tried out before the pause is over that the old one was refused for. */
  const tryNewSecret = async (waiting: Reservation): Promise<Reservation> => {
    const { pauseReason, refusedSecret } = waiting.state;
    if (waiting.kind !== 'wait' || pauseReason !== 'misconfigured') return waiting;
    if (refusedSecret === undefined || !(await secretChanged(refusedSecret))) return waiting;
    return pace.claim(waiting.state);
  };

  const reserve = async (what: 'job' | 'call'): Promise<void> => {
    const asked = await pace.reserve(Math.max(1, wanted()), startableMs(what));
    const reservation = await tryNewSecret(asked);
    state = reservation.state;
    seenAt = Date.now();
    switch (reservation.kind) {
      case 'go':
        granted = { ...reservation, own: createSlots(reservation) };
        return;
      case 'probe':
        beginProbe(state);
        return;
      case 'wait':
        standing = {
          until: reservation.until,
          reason: isPaused(state, seenAt) ? state.pauseReason : undefined,
        };
    }
  };

  /** Looks whether what was granted still holds. */
  const look = async (): Promise<void> => {
    seenAt = Date.now();
    try {
      state = await pace.read();
    } catch (error) {
      // What was granted is granted; the next look may tell more.
      log('pace.failed', describeFault(error));
      return;
    }
    if (state.round !== granted?.state.round) granted = undefined;
  };

  /** @returns whether a call starts now; if not, the gate is to be tried anew */
  const passSlot = async (
    { own, interval }: NonNullable<typeof granted>,
    what: 'job' | 'call',
  ): Promise<boolean> => {
    const wait = own.wait();
    if (wait === undefined) {
      granted = undefined;
      return false;
    }
    if (startableMs(what) <= wait) {
      shut = true;
      return false;
    }
    if (wait > leadMs) {
      await rest(wait - leadMs);
      return false;
    }
    if (Date.now() - seenAt > Math.max(lookMs, looksEvery * interval)) {
      await look();
      return false;
    }
    const current = granted;
    if (wait > 0) await rest(wait);
    if (granted !== current) return false;
    own.use();
    started += 1;
    return true;
  };

  /** @returns a probe that is another job's, if one is under way */
  const pass = async (what: 'job' | 'call'): Promise<Passed | Probe> => {
    while (!shut && startableMs(what) > 0) {
      try {
        if (standing !== undefined) await standStill(standing, what);
        else if (probe !== undefined) {
          if (probe.underWay) return probe;
          probe.underWay = true;
          return 'probe';
        } else if (granted === undefined) await reserve(what);
        else if (await passSlot(granted, what)) return 'slot';
      } catch (error) {
        log('pace.failed', describeFault(error));
        stop({ until: Date.now() + awayMs(), reason: undefined });
      }
    }
    return undefined;
  };

  const inLine = (what: 'job' | 'call'): Promise<Passed | Probe> => {
    const turn = line.then(() => pass(what));
    line = turn;
    return turn;
  };

  /** Waits for a probe outside of the line: calls that stand there have an answer at once. */
  const passJob = async (): Promise<Passed> => {
    for (;;) {
      const passed = await inLine('job');
      if (typeof passed !== 'object') return passed;
      await passed.change.promise;
    }
  };

  /** The probe may itself wait for a job under way, whose connection it shares. */
  const passCall = async (): Promise<Passed> => {
    const passed = await inLine('call');
    return typeof passed === 'object' ? undefined : passed;
  };

  const ticketFor = (passed: Passed): Ticket => {
    let own = passed === 'probe' ? probe : undefined;
    let paid = true;
    let refused = false;
    return {
      call: async () => {
        const holds = paid && probe === undefined && standing?.reason === undefined;
        paid = false;
        // A probe's own calls must not wait for what they are to find out.
        if (holds || (own !== undefined && own === probe)) return true;
        const again = await passCall();
        if (again === 'probe') own = probe;
        refused = again === undefined;
        return !refused;
      },
      refused: () => refused,
      done: () => {
        if (own === undefined || own !== probe) return;
        // It has told nothing, so the next job shall.
        beginProbe(own.claimed);
        own.change.resolve();
      },
    };
  };

  return {
    enter: async () => {
      const passed = await passJob();
      return passed === undefined ? undefined : ticketFor(passed);
    },
    stop,
    stopped: () => standing,
    isProbing: () => probe !== undefined,
    prove: async () => {
      const proven = probe;
      probe = undefined;
      try {
        await pace.resume(proven?.claimed ?? state);
      } finally {
        proven?.change.resolve();
      }
    },
    state: () => state,
    rate: () => started / Math.max(1, (performance.now() - opened) / 1000),
  };
}
