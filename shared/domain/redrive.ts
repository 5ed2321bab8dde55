import type { Decision, JobRecord } from './outcome.ts';

/**
 * Parked, or sent in a message that was lost, before it was sent again for the `redrives`-th time: so
 * that this has yet to be noted.
 */
export const isToReopen = ({ outcome, redrives: last = 0 }: JobRecord, redrives: number): boolean =>
  (outcome === 'parked' || outcome === undefined) && last < redrives;

/**
 * A parked job that is sent again: the one way in which an outcome goes. It gets as many tries as a
 * new job, and nothing is held against it; that it has been tried, and what it met, stays.
 */
export const reopened = (record: JobRecord, redrives: number, at: number): JobRecord => ({
  ...record,
  outcome: undefined,
  evidence: undefined,
  reason: undefined,
  crashes: undefined,
  redrives,
  triesBefore: record.attempts,
  at,
});

/** A parked job whose token has died by itself meanwhile. */
export const expired = (record: JobRecord, at: number): JobRecord => ({
  ...record,
  outcome: 'expired',
  at,
});

/** A parked job that a person gives up on. */
export const abandoned = (record: JobRecord, decision: Decision, at: number): JobRecord => ({
  ...record,
  outcome: 'abandoned',
  decision,
  at,
});
