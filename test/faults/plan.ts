import type { TokenType } from '../../local/sandbox/index.ts';
import { type AwsFaultKind, awsFaultKinds } from './aws-faults.ts';
import type { AwsTrouble } from './aws-relays.ts';
import { crashSteps, type ProviderCrashStep, providerCrashSteps } from './crash-steps.ts';
import { type ProviderFaultKind, providerFaultKinds } from './provider-faults.ts';
import type { ProviderTrouble } from './provider-relay.ts';
import { createDeck, type Random } from './random.ts';

/** What happens to the whole at some moment of a round. */
export const eventKinds = [
  'stack killed',
  'data directory copied while running, and opened elsewhere',
  'provider’s secret rotated',
  'sealing keys rotated',
  'dead letters sent again, twice at once',
  'callers hang up',
  'clocks off by seconds',
] as const;
/** Has rounds of its own, see `planRound`. */
export const farOffKind = 'clocks off by half a minute';
export type EventKind = (typeof eventKinds)[number] | typeof farOffKind;

export interface JobPlan {
  readonly provider: string;
  readonly type: TokenType;
  /** What the token is when it is handed in; `foreign`: another client's. */
  readonly state: 'live' | 'dead' | 'foreign';
}

/** One revocation. */
export interface SubmissionPlan {
  readonly jobs: readonly JobPlan[];
  /** How many of them each part has; of an ordinary request all are part 0. */
  readonly parts: readonly number[];
  /** Milliseconds after the round's start. */
  readonly afterMs: number;
  /** The caller gives the first try of each request up after so long. */
  readonly hangUpMs?: number;
}

export interface RoundPlan {
  readonly submissions: readonly SubmissionPlan[];
  readonly aws: AwsTrouble;
  readonly providers: Readonly<Record<string, ProviderTrouble>>;
  readonly events: readonly { readonly kind: EventKind; readonly afterMs: number }[];
  readonly skewsMs: readonly number[];
}

export interface PlanOptions {
  readonly random: Random;
  readonly jobs: number;
  readonly rounds: number;
  readonly providers: readonly string[];
}

/** Providers that say so when a token is another client's. */
const refusesForeign = ['polar', 'genauth', 'rfc7009'];
/** Providers that revoke refresh tokens. */
const takesRefresh = ['polar', 'genauth', 'mollie', 'rfc7009'];

/** Draws every round of a run. All kinds of trouble have their turn before one has its second. */
export function planRun({ random, jobs, rounds, providers }: PlanOptions): RoundPlan[] {
  const decks = {
    aws: createDeck(awsFaultKinds, random.fork('aws')),
    provider: createDeck(providerFaultKinds, random.fork('provider')),
    crash: createDeck([...crashSteps.keys()], random.fork('crash')),
    providerCrash: createDeck(providerCrashSteps, random.fork('provider crash')),
    event: createDeck(eventKinds, random.fork('event')),
  };
  // So many at a time that everything has been dealt after half of the rounds.
  const share = (cards: number) => Math.ceil((2 * cards) / rounds);
  const hand = {
    aws: Math.max(4, share(awsFaultKinds.length)),
    provider: Math.max(3, share((1.25 * providerFaultKinds.length) / providers.length)),
    crash: Math.max(5, share(crashSteps.size)),
    event: Math.max(2, share(eventKinds.length)),
  };
  return Array.from({ length: rounds }, (_, number) => {
    const own = random.fork(`round ${number}`);
    const size = Math.floor(((number + 1) * jobs) / rounds) - Math.floor((number * jobs) / rounds);
    // A worker half a minute behind takes a pause of a second for one of half a minute: no provider
    // fails then.
    const farOff = number % 5 === 2;
    return planRound(own, size, {
      aws: decks.aws(hand.aws),
      provider: new Map(providers.map((id) => [id, farOff ? [] : decks.provider(hand.provider)])),
      crashes: decks.crash(hand.crash),
      providerCrashes: new Map(providers.map((id) => [id, decks.providerCrash(1)])),
      events: [...decks.event(hand.event), ...(farOff ? ([farOffKind] as const) : [])],
    });
  });
}

interface Hand {
  readonly aws: readonly AwsFaultKind[];
  readonly provider: ReadonlyMap<string, readonly ProviderFaultKind[]>;
  readonly crashes: readonly string[];
  readonly providerCrashes: ReadonlyMap<string, readonly ProviderCrashStep[]>;
  readonly events: readonly EventKind[];
}

const isOfDeadLetters = (step: string): boolean => crashSteps.get(step)?.by === 'dead-letter';
const manyGivenUp = { kind: 'sqs: given up while under way', chance: 0.3, times: 12 } as const;

function planRound(random: Random, jobs: number, hand: Hand): RoundPlan {
  const providers = [...hand.provider.keys()];
  const off = (kind: EventKind) => hand.events.includes(kind);
  const sign = () => random.pick([-1, 1]);
  return {
    submissions: planSubmissions(random, jobs, providers, hand.events.includes('callers hang up')),
    aws: {
      faults: [
        ...hand.aws.map((kind) => ({
          kind,
          chance: 0.03 + 0.2 * random.next(),
          times: random.int(2, 12),
        })),
        // Without it the dead-letter function has little to do, and nothing to be killed at.
        ...(hand.crashes.some(isOfDeadLetters) ? [manyGivenUp] : []),
      ],
      crashes: hand.crashes.map((step) => ({
        step,
        nth: isOfDeadLetters(step) ? 1 : random.int(1, 4),
      })),
    },
    providers: Object.fromEntries(
      [...hand.provider].map(([id, kinds]) => [
        id,
        {
          faults: kinds.map((kind) => ({
            kind,
            chance: 0.05 + 0.3 * random.next(),
            times: random.int(1, 8),
          })),
          crashes: (hand.providerCrashes.get(id) ?? []).map((step) => ({
            step,
            nth: random.int(1, 30),
          })),
        },
      ]),
    ),
    events: hand.events.map((kind) => ({ kind, afterMs: random.int(200, 3500) })),
    skewsMs: [
      0,
      ...(off('clocks off by seconds') ? [sign() * random.int(500, 3000)] : []),
      ...(off(farOffKind) ? [sign() * random.int(15_000, 30_000)] : []),
    ],
  };
}

/** Requests of one job, of a slice, of several, and of a part's most. */
const sizes = [1, 1, 2, 7, 25, 26, 60, 140, 300, 500];

function planSubmissions(
  random: Random,
  jobs: number,
  providers: readonly string[],
  impatient: boolean,
): SubmissionPlan[] {
  const planned: SubmissionPlan[] = [];
  for (let left = jobs; left > 0; ) {
    const size = Math.min(left, random.pick(sizes));
    left -= size;
    // Some requests are for one provider alone.
    const ids = random.chance(0.2) ? [random.pick(providers)] : providers;
    planned.push({
      jobs: Array.from({ length: size }, () => planJob(random, random.pick(ids))),
      parts: size > 2 && random.chance(0.4) ? inParts(size, random) : [size],
      afterMs: random.int(0, 1500),
      ...(impatient && random.chance(0.5) && { hangUpMs: random.int(1, 150) }),
    });
  }
  return planned;
}

/** Some are opened without a job. */
function inParts(size: number, random: Random): number[] {
  const third = Math.floor(size / 3);
  return random.chance(0.5) ? [0, third, size - third] : [third, third, size - 2 * third];
}

function planJob(random: Random, provider: string): JobPlan {
  const fate = random.next();
  const foreign = fate < 0.03 && refusesForeign.includes(provider);
  const refresh = takesRefresh.includes(provider) && random.chance(0.5);
  return {
    provider,
    type: refresh ? 'refresh_token' : 'access_token',
    state: foreign ? 'foreign' : fate < 0.1 ? 'dead' : 'live',
  };
}
