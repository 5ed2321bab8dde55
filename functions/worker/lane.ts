import { backoffSeconds } from '../../shared/domain/backoff.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { describeFault, type Log } from '../../shared/log/logger.ts';
import type { Pace, PauseFacts } from '../../shared/pace/pace.ts';
import type { PauseReason } from '../../shared/pace/state.ts';
import type { ProviderEntry } from '../../shared/providers/configuration.ts';
import type { Gate } from './gate.ts';

/**
 * Longest that one Retry-After stops a whole lane. The job that met it waits as long as it says; an
 * hour later another one asks whether it was meant for all.
 */
const longestPauseSeconds = 3600;
const bounded = (seconds: number): number => Math.min(seconds, longestPauseSeconds);

/**
 * Failures in a row that say the provider is down rather than some jobs unlucky: five of jobs at
 * their first try. One of a job that has failed before says less. A slice that comes back has only
 * such jobs left, so they are in a row however well the provider is; it takes twenty of them.
 */
const outageAt = 20;
const weightOf = (first: boolean): number => (first ? 4 : 1);

/** Seconds of a first pause for a 429 that names no time: the rate is cut as well. */
const breather = 2;

/** Refusals in a row that are the lane's fault after all, though it has just worked for others. */
const refusalsAt = 3;

/**
 * Tries that may meet a 429 and count against nobody, for each that a job has. A provider that refuses
 * one token like this for ever would else have its lane stand still for it again and again.
 */
const throttlesFree = 2;

/** When this worker last had a success, kept between its invocations. */
export interface Memory {
  provenAt: number;
}

/** A job as the lane looks at it before it is settled. */
export type Tried = Pick<JobRecord, 'attempts' | 'triesBefore' | 'redrives' | 'reason' | 'at'>;

/** What this batch learns of its lane from one answer after another. */
export interface LaneWatch {
  /** Whether the provider takes our credentials and configuration; undefined until it tells. */
  readonly configured: () => boolean | undefined;
  /**
   * Whether a try counts against its job. A 429 is about the pace, unless a job meets nothing else.
   * Refused credentials are the lane's fault, unless the lane has worked for others since they were
   * last refused for this job.
   */
  readonly counts: (verdict: Verdict, before: Tried) => boolean;
  /**
   * Takes in what one try met. Pauses the lane when that concerns every job of it, whatever becomes
   * of this one.
   *
   * @param waitSeconds how long the job itself is to wait, if it is
   */
  readonly observe: (verdict: Verdict, before: Tried, waitSeconds?: number) => Promise<void>;
  /** Ends a pause that a success has disproved. */
  readonly close: () => Promise<void>;
}

interface LaneSettings {
  readonly pace: Pace;
  readonly gate: Pick<Gate, 'stop' | 'stopped' | 'isProbing' | 'prove' | 'state' | 'rate'>;
  readonly entry: Pick<ProviderEntry, 'retry' | 'maxConcurrency'>;
  readonly memory: Memory;
  readonly log: Log;
  /** Version of the secret that the worker has at present. */
  readonly secretVersion: () => Promise<string | undefined>;
}

/**
 * Decides when the whole lane should stand still: after a 429, after refused credentials, and after
 * several failures in a row or one of a probe. Pauses grow with each one that no success came between.
 */
export function watchLane(settings: LaneSettings): LaneWatch {
  const { pace, gate, entry, memory, log, secretVersion } = settings;
  let suspicion = 0;
  let refusals = 0;
  let succeeded = false;
  let misconfigured = false;

  /** Tells the other workers. If that fails, they learn it from the provider as this one did. */
  const tell = async (telling: Promise<void>) => {
    try {
      await telling;
    } catch (error) {
      log('lane.untold', describeFault(error));
    }
  };

  const pause = async (
    reason: PauseReason,
    detail: string,
    seconds: number,
    facts: PauseFacts = {},
  ) => {
    const until = Date.now() + seconds * 1000;
    const stopped = gate.stopped();
    // That the lane is full pauses it for nobody.
    const isPaused = stopped?.reason !== undefined && until <= stopped.until;
    if (!isPaused) {
      gate.stop({ until, reason });
      log(reason === 'misconfigured' ? 'lane.misconfigured' : 'lane.paused', {
        reason,
        detail,
        seconds: Math.ceil(seconds),
      });
    }
    // Others may not know of the longer pause, and this one may say more than it.
    await tell(pace.pause(until, reason, detail, facts));
  };
  /** What a pause lasts that nobody named a time for. */
  const grown = (first = entry.retry.baseSeconds) => {
    const baseSeconds = Math.min(first, entry.retry.baseSeconds);
    return backoffSeconds((gate.state().pauses ?? 0) + 1, { ...entry.retry, baseSeconds });
  };

  const success = async () => {
    suspicion = 0;
    refusals = 0;
    succeeded = true;
    memory.provenAt = Date.now();
    if (!gate.isProbing()) return;
    await tell(gate.prove());
    log('lane.resumed');
  };

  /** Whether the lane has worked since then. @param at in whole seconds, rounded down */
  const workedSince = (at: number): boolean =>
    Math.max(gate.state().resumedAt ?? 0, memory.provenAt) >= (at + 1) * 1000;
  const isOwnFault = ({ attempts, reason, at }: Tried): boolean =>
    attempts > 0 && reason === 'misconfigured' && workedSince(at);

  /** Tries from before it was sent again do not count either, and are no more than it then had. */
  const isThrottledItself = ({ triesBefore = 0, redrives = 0 }: Tried): boolean =>
    triesBefore >= (throttlesFree + redrives) * entry.retry.maxAttempts;

  return {
    configured: () => {
      if (misconfigured) return false;
      return succeeded ? true : undefined;
    },

    counts: (verdict, before) => {
      if (verdict.kind === 'throttled') return isThrottledItself(before);
      return verdict.kind !== 'misconfigured' || !verdict.credentials || isOwnFault(before);
    },

    observe: async (verdict, before, waitSeconds = 0) => {
      switch (verdict.kind) {
        case 'revoked':
        case 'already_invalid':
        case 'unsupported':
        case 'refused':
          return success();
        case 'throttled': {
          const asked = Math.max(waitSeconds, verdict.retryAfterSeconds ?? 0);
          const measuredRate = gate.rate() * entry.maxConcurrency;
          const seconds = asked > 0 ? bounded(asked) : grown(breather);
          return pause('throttled', verdict.detail, seconds, { measuredRate });
        }
        case 'misconfigured': {
          refusals += 1;
          const mayBeItsOwn = isOwnFault(before) || succeeded;
          if (mayBeItsOwn && !gate.isProbing() && refusals < refusalsAt) return;
          misconfigured = true;
          const refusedSecret = await secretVersion();
          const seconds = Math.max(waitSeconds, grown());
          return pause('misconfigured', verdict.detail, seconds, { refusedSecret });
        }
        case 'unavailable':
          suspicion += weightOf(before.attempts === 0);
          if (suspicion >= outageAt || gate.isProbing()) {
            const asked = verdict.retryAfterSeconds ?? 0;
            await pause('unavailable', verdict.detail, Math.max(bounded(asked), grown()));
          }
          return;
        case 'ambiguous':
          return;
      }
    },

    close: async () => {
      const ended = gate.state().pausedUntil !== undefined && gate.stopped() === undefined;
      if (!succeeded || !ended) return;
      await tell(gate.prove());
      log('lane.resumed');
    },
  };
}
