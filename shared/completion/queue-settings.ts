import { backoffSeconds, visibilitySeconds } from '../domain/backoff.ts';

/** How the queue of completions is set up, on AWS and in the embedded stack alike. */

export const completionTimeoutSeconds = 60;

/** AWS asks for six times the function's timeout. */
export const completionVisibilitySeconds = 6 * completionTimeoutSeconds;

export const completionBatchSize = 10;

/** Deliveries before a completion is given up: about two days of them. */
export const maximumCompletionReceives = 55;

/** When a completion that could not be published is tried again. */
export const retrySeconds = (receives: number): number =>
  visibilitySeconds(backoffSeconds(receives, { baseSeconds: 10, maxSeconds: 3600 }));
