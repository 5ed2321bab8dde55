import { maximumJobsPerSlice } from '../domain/slice.ts';
import type { ProviderEntry } from '../providers/configuration.ts';

/**
 * How lanes are set up, on AWS and in the embedded stack alike.
 *
 * A job may make five calls of at most 30 s (revoke; discovery again and revoke with a fresh secret;
 * introspect), and writing down needs a few seconds more: three minutes leave room to start some.
 */
export const workerTimeoutSeconds = 180;

/** AWS asks for six times the function's timeout, so that throttled retries keep their message. */
export const visibilityTimeoutSeconds = 6 * workerTimeoutSeconds;

/** Slices one invocation takes at most: 100 jobs, which a provider of 2 s an answer still lets end. */
const maximumBatchSize = 4;

/** Seconds of calls that all workers of a paced lane may hold at once. */
const heldSeconds = 60;

/**
 * Slices one invocation takes. Where calls are spaced it is fewer, so that the lane's workers
 * together hold about a minute of its pace: what they cannot call in time they would only put back.
 */
export function batchSizeOf({
  rate,
  maxConcurrency,
}: Pick<ProviderEntry, 'rate' | 'maxConcurrency'>): number {
  if (rate === undefined) return maximumBatchSize;
  const jobs = (rate.requestsPerSecond * heldSeconds) / maxConcurrency;
  return Math.min(maximumBatchSize, Math.max(1, Math.floor(jobs / maximumJobsPerSlice)));
}

/** Dead letters one invocation takes. */
export const deadLetterBatchSize = 10;

export const deadLetterTimeoutSeconds = 30;

/**
 * Deliveries before SQS gives a message up: the most it allows. A delivery is spent on waiting for
 * a lane that is paused or full, which says nothing against the message; tries, crashes and age are
 * counted by the worker itself. What reaches the dead-letter queue is what no worker could write
 * down.
 */
export const maximumReceives = 1000;

/** Age at which the worker parks what is left of a slice, well before SQS would forget it. */
export const maximumAgeSeconds = 10 * 24 * 3600;

/** Longest that SQS keeps a message: 14 days from its first sending, in whatever queue it is. */
export const retentionSeconds = 14 * 24 * 3600;
