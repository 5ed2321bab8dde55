import { type BackoffPolicy, backoffSeconds } from './backoff.ts';
import type { Evidence, Outcome, ParkReason } from './outcome.ts';
import type { Verdict } from './verdict.ts';

/** Why a job that may yet succeed must wait, and whether its whole lane should wait with it. */
export type Wait = 'throttled' | 'unavailable' | 'ambiguous' | 'misconfigured';

/** What is to be done with a job after a try. */
export type Settlement =
  | {
      readonly kind: 'ended';
      readonly outcome: Exclude<Outcome, 'parked' | 'abandoned' | 'expired'>;
      readonly evidence?: Evidence;
      readonly detail?: string;
    }
  | { readonly kind: 'parked'; readonly reason: ParkReason; readonly detail: string }
  | {
      readonly kind: 'waiting';
      readonly wait: Wait;
      readonly seconds: number;
      readonly detail: string;
    };

/** Why a job is parked whose tries end while it waits for this. */
export const parkReasonOf = (wait: Wait): ParkReason =>
  wait === 'misconfigured' ? 'misconfigured' : 'exhausted';

/** How often one job is tried, and how far apart. */
export interface SettlePolicy extends BackoffPolicy {
  readonly maxAttempts: number;
}

/** For a try that says nothing about its job, such as one that met a 429: it ends no job's tries. */
export const uncounted = (policy: SettlePolicy): SettlePolicy => ({
  ...policy,
  maxAttempts: Number.POSITIVE_INFINITY,
});

const atOnce: BackoffPolicy = { baseSeconds: 0, maxSeconds: 0 };

/**
 * The one place that decides between ending, parking and trying again.
 *
 * @param attempts tries that count, this one included
 * @param evidence of the token's death. With a verdict that waits, `accepted` says that the provider
 *   has said yes before and only the look-up is missing: its word stands when the tries end
 */
export function settle(
  verdict: Verdict,
  attempts: number,
  policy: SettlePolicy,
  evidence?: Evidence,
  random?: number,
): Settlement {
  switch (verdict.kind) {
    case 'revoked':
    case 'already_invalid':
      return {
        kind: 'ended',
        outcome: verdict.kind,
        evidence: evidence ?? 'accepted',
        ...(verdict.detail !== undefined && { detail: verdict.detail }),
      };
    case 'unsupported':
      return { kind: 'ended', outcome: 'unsupported', detail: verdict.detail };
    case 'refused':
      return { kind: 'parked', reason: 'refused', detail: verdict.detail };
    case 'throttled':
    case 'unavailable':
    case 'ambiguous':
    case 'misconfigured': {
      const { kind: wait, detail } = verdict;
      if (attempts >= policy.maxAttempts) {
        if (evidence === 'accepted') {
          return { kind: 'ended', outcome: 'revoked', evidence, detail: `not verified: ${detail}` };
        }
        return { kind: 'parked', reason: parkReasonOf(wait), detail };
      }
      const retryAfter = 'retryAfterSeconds' in verdict ? verdict.retryAfterSeconds : undefined;
      // The lane's pause is the job's wait, unless the provider has named a longer one.
      const waits = wait === 'throttled' ? atOnce : policy;
      return {
        kind: 'waiting',
        wait,
        detail,
        seconds: backoffSeconds(attempts, waits, retryAfter, random),
      };
    }
  }
}
