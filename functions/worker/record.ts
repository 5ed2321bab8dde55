import {
  endedUnverified,
  epochSeconds,
  isAccepted,
  type JobRecord,
} from '../../shared/domain/outcome.ts';
import { parkReasonOf, type Settlement } from '../../shared/domain/settle.ts';
import type { Try } from './try.ts';

/**
 * What to write down of a job after a try.
 *
 * @param counts whether the try counts against `retry.maxAttempts`
 */
export function recordOf(
  before: JobRecord,
  settlement: Settlement,
  { httpStatus, answers, evidence, foundAlive = before.foundAlive }: Omit<Try, 'verdict'>,
  counts = true,
): JobRecord {
  const { ref, fingerprint, tokenType } = before;
  const base = {
    ref,
    fingerprint,
    tokenType,
    foundAlive,
    attempts: before.attempts + 1,
    redrives: before.redrives,
    triesBefore: counts ? before.triesBefore : (before.triesBefore ?? 0) + 1,
    answers: answersOf(before) + answers,
    httpStatus,
    detail: settlement.detail,
    at: epochSeconds(),
  };
  switch (settlement.kind) {
    case 'ended':
      return { ...base, outcome: settlement.outcome, evidence: settlement.evidence };
    case 'parked':
      return { ...base, outcome: 'parked', reason: settlement.reason };
    case 'waiting':
      return {
        ...base,
        reason: parkReasonOf(settlement.wait),
        evidence: foundAlive ? undefined : (evidence ?? before.evidence),
      };
  }
}

/** Calls for a job that were answered so far. */
export const answersOf = ({ answers = 0 }: JobRecord): number => answers;

/** A job that waited so long for its lane that SQS would soon forget its message. */
export const overdueRecord = (before: JobRecord): JobRecord =>
  isAccepted(before)
    ? endedUnverified(before, epochSeconds())
    : {
        ...before,
        outcome: 'parked',
        reason: before.reason ?? 'exhausted',
        detail: before.detail ?? 'its lane had no room for it in ten days',
        at: epochSeconds(),
      };

/** A job whose provider was down for longer than its tries would have taken. */
export const outlastedRecord = (before: JobRecord, lastError: string): JobRecord =>
  isAccepted(before)
    ? endedUnverified(before, epochSeconds())
    : {
        ...before,
        outcome: 'parked',
        reason: 'exhausted',
        detail: before.detail ?? `the provider was down: ${lastError}`,
        at: epochSeconds(),
      };

/** A job whose worker died each time it was handled. */
export const crashedRecord = (before: JobRecord, crashes: number): JobRecord =>
  isAccepted(before)
    ? endedUnverified(before, epochSeconds())
    : {
        ...before,
        outcome: 'parked',
        reason: 'crashed',
        detail: `the worker died ${crashes} times while it handled this job alone`,
        at: epochSeconds(),
      };
