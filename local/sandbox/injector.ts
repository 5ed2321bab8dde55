import type { FaultSettings, Misbehaviour, RetryAfter, When } from './faults.ts';
import type { Purpose } from './http.ts';
import { createRateGate } from './rate-gate.ts';

/** What happens to one request instead of its proper answer. */
export type Interruption =
  | { readonly kind: 'cut'; readonly how: 'close' | 'reset' }
  /** `waitMs` is how long the enforced rate asks to wait, where one is enforced. */
  | {
      readonly kind: 'throttle';
      readonly retryAfter?: RetryAfter | undefined;
      readonly waitMs: number;
    }
  | { readonly kind: 'unavailable'; readonly retryAfter: RetryAfter }
  | {
      readonly kind: 'canned';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: 'misbehave'; readonly how: Misbehaviour };

/** What is to be done with one request. */
export interface Plan {
  readonly delayMs: number;
  readonly interruption?: Interruption | undefined;
  /** Whether the provider carries the request out although its answer is interrupted. */
  readonly carriedOut: boolean;
}

/** Decides request by request; holds the counters and the generator of one `setFaults`. */
export type Injector = (purpose: Purpose) => Plan;

const unprocessed: readonly Misbehaviour[] = ['html_page', 'redirect'];

export function createInjector(settings: FaultSettings): Injector {
  const random = createRandom(settings.seed);
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const interrupt = createInterrupter(settings, { random, elapsed });
  return (purpose) => ({
    delayMs: settings.latencyMs + settings.jitterMs * random(),
    ...interrupt(purpose),
  });
}

interface Sources {
  readonly random: () => number;
  readonly elapsed: () => number;
}

type Interruptible = Omit<Plan, 'delayMs'>;

function createInterrupter(
  { outage, throttle, unavailable, drop, canned, misbehave }: FaultSettings,
  sources: Sources,
): (purpose: Purpose) => Interruptible {
  const throttles = createTrigger(throttle, sources);
  const rate = throttle?.requestsPerSecond;
  const gate = throttle && rate !== undefined ? createRateGate(rate, throttle.burst) : undefined;
  const isUnavailable = createTrigger(unavailable, sources);
  const drops = createTrigger(drop, sources);
  const cans = createTrigger(canned, sources);
  const misbehaves = createTrigger(misbehave, sources);
  return (purpose) => {
    if (outage !== undefined && sources.elapsed() < outage.ms) {
      return before(
        outage.how === 'reset'
          ? { kind: 'cut', how: 'reset' }
          : { kind: 'unavailable', retryAfter: 'none' },
      );
    }
    if (throttle !== undefined) {
      // The rate is that of the requests which the trigger picks; the others pass uncounted.
      const waitMs = throttles(purpose) ? (gate?.() ?? 1) : 0;
      if (waitMs > 0) return before({ kind: 'throttle', retryAfter: throttle.retryAfter, waitMs });
    }
    if (unavailable !== undefined && isUnavailable(purpose)) {
      return before({ kind: 'unavailable', retryAfter: unavailable.retryAfter });
    }
    if (drop !== undefined && drops(purpose)) {
      const cut: Interruption = { kind: 'cut', how: 'close' };
      return { interruption: cut, carriedOut: drop.afterRevoking };
    }
    if (canned !== undefined && cans(purpose)) {
      return { interruption: { kind: 'canned', ...canned }, carriedOut: canned.afterRevoking };
    }
    if (misbehave !== undefined && misbehaves(purpose)) {
      const { how } = misbehave;
      return { interruption: { kind: 'misbehave', how }, carriedOut: !unprocessed.includes(how) };
    }
    return { carriedOut: true };
  };
}

const before = (interruption: Interruption): Interruptible => ({ interruption, carriedOut: false });

/** Whether a fault hits the next request of a purpose. Counts what it has seen and hit. */
function createTrigger(when: When = {}, { random, elapsed }: Sources): (of: Purpose) => boolean {
  let seen = 0;
  let hits = 0;
  return (purpose) => {
    if (when.on !== undefined && when.on !== purpose) return false;
    if (when.count !== undefined && hits >= when.count) return false;
    if (when.forMs !== undefined && elapsed() >= when.forMs) return false;
    seen += 1;
    if (when.everyNth !== undefined && seen % when.everyNth !== 0) return false;
    if (when.probability !== undefined && random() >= when.probability) return false;
    hits += 1;
    return true;
  };
}

/** Mulberry32: small, seeded, good enough to scatter faults. */
function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
