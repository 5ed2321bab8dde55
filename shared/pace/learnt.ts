import type { PaceState } from './state.ts';

/**
 * The rate that a provider's 429s have taught: cut by each pause for one, and growing again from its
 * end on, by itself. Nothing is written while it grows.
 */
const doublingMs = { configured: 15_000, free: 30_000 };
/** After so long without a 429 it is no longer known how much the provider bears. */
const forgottenMs = 10 * 60_000;
/** A second 429 this soon after a pause is no accident. */
const soonMs = 10_000;
/**
 * Calls a second that a lane is never held below. A provider that bears fewer says so by its
 * Retry-After; one that answers 429 at random, whatever the pace, would else be hardly called at all.
 */
const leastRate = 2;

/**
 * Calls a second that the provider is taken to bear now; undefined where no 429 has taught any.
 *
 * @param configured calls a second, where the provider's entry tells
 */
export function learntRate(
  { learnedRate, learnedAt = 0 }: PaceState,
  now: number,
  configured: number | undefined,
): number | undefined {
  const age = Math.max(0, now - learnedAt);
  if (learnedRate === undefined || age > forgottenMs) return undefined;
  const rate =
    learnedRate * (1 + age / doublingMs[configured === undefined ? 'free' : 'configured']);
  return rate < (configured ?? Number.POSITIVE_INFINITY) ? rate : undefined;
}

/**
 * The rate to go on with after a 429: half of what was tried. Where a rate is configured the first 429
 * may be an accident of the network, which brought two calls closer together, and costs a tenth.
 *
 * @param measured calls a second that were made, as far as this worker can tell
 */
export function rateAfterThrottle(
  state: PaceState,
  now: number,
  configured: number | undefined,
  measured: number,
): number {
  const learnt = learntRate(state, now, configured);
  if (configured === undefined) {
    // What was measured is a guess at what other workers make, and may be far too much.
    return Math.max(leastRate, learnt === undefined ? measured * 0.5 : learnt * 0.7);
  }
  const again = state.learnedAt !== undefined && now - state.learnedAt < soonMs;
  return Math.max(configured / 4, (learnt ?? configured) * (again ? 0.7 : 0.9));
}
