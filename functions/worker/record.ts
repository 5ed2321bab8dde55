import { epochSeconds, type JobRecord } from '../../shared/domain/outcome.ts';
import { parkReasonOf, type Settlement } from '../../shared/domain/settle.ts';
import type { Try } from './try-job.ts';

/** What to write down of a job after a try. */
export function recordOf(
  before: JobRecord,
  settlement: Settlement,
  { httpStatus, answers }: Pick<Try, 'httpStatus' | 'answers'>,
): JobRecord {
  const { ref, fingerprint } = before;
  const base = {
    ref,
    fingerprint,
    attempts: before.attempts + 1,
    redrives: before.redrives,
    triesBefore: before.triesBefore,
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
      return { ...base, reason: parkReasonOf(settlement.wait) };
  }
}

/** Calls for a job that were answered so far. */
export const answersOf = ({ answers = 0 }: JobRecord): number => answers;

/** A job that waited so long for its lane that SQS would soon forget its message. */
export const expiredRecord = (before: JobRecord): JobRecord => ({
  ...before,
  outcome: 'parked',
  reason: before.reason ?? 'exhausted',
  detail: before.detail ?? 'its lane had no room for it in ten days',
  at: epochSeconds(),
});

/** A job whose worker died each time it was handled. */
export const crashedRecord = (before: JobRecord, crashes: number): JobRecord => ({
  ...before,
  outcome: 'parked',
  reason: 'crashed',
  detail: `the worker died ${crashes} times while it handled this job alone`,
  at: epochSeconds(),
});
