import type { RetryPolicy } from '../providers/configuration.ts';

/**
 * How lanes are set up, on AWS and in the embedded stack alike.
 *
 * A job may make three calls of at most 30 s (revoke, again with a fresh secret, introspect), and
 * writing down needs a few seconds more: two minutes leave room to start some.
 */
export const workerTimeoutSeconds = 120;

/** AWS asks for six times the function's timeout, so that throttled retries keep their message. */
export const visibilityTimeoutSeconds = 6 * workerTimeoutSeconds;

/** Slices one invocation takes: 100 jobs at most, which a provider of 2 s an answer still lets end. */
export const batchSize = 4;

/** Dead letters one invocation takes. */
export const deadLetterBatchSize = 10;

export const deadLetterTimeoutSeconds = 30;

/**
 * Deliveries before SQS gives a message up. A delivery is spent on every try, and also on waiting
 * for a lane that is paused, which says nothing against the message: hence the room above.
 */
export const maximumReceives = ({ maxAttempts }: Pick<RetryPolicy, 'maxAttempts'>): number =>
  3 * maxAttempts + 10;

/** Longest that SQS keeps a message, and so a dead letter that nobody fetches: 14 days. */
export const retentionSeconds = 14 * 24 * 3600;
