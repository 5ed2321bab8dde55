import type { ProviderEntry, Sandbox } from '../../local/sandbox/index.ts';
import type { ProviderCrashStep } from './crash-steps.ts';
import { secretOf, withRealSecret } from './credentials.ts';
import { type ProviderFaultKind, providerFaults } from './provider-faults.ts';
import type { Random } from './random.ts';
import {
  type Onward,
  type RelayedAnswer,
  type RelayedRequest,
  type Sabotage,
  startRelay,
} from './relay.ts';
import type { Tally } from './tally.ts';

/** Which faults are on in front of one provider, and which crashes its calls set off. */
export interface ProviderTrouble {
  readonly faults: readonly {
    readonly kind: ProviderFaultKind;
    /** Of each call. */
    readonly chance: number;
    /** Times it strikes at most. */
    readonly times: number;
  }[];
  readonly crashes: readonly { readonly step: ProviderCrashStep; readonly nth: number }[];
}

/** A provider that may fail, in front of a sandbox that does not. */
export interface ProviderRelay extends AsyncDisposable {
  /** Its entry of `providers.json`, by which callers come here. */
  readonly entry: ProviderEntry;
  readonly trouble: (trouble: ProviderTrouble) => void;
  /** The secret that is taken now. */
  readonly secret: () => Record<string, string>;
  /** Has it take another secret, and no longer the one before. */
  readonly rotate: () => void;
}

interface ProviderRelayOptions {
  readonly random: Random;
  readonly tally: Tally;
  readonly trap: string;
  /** Kills every process of the lane's worker; answers whether there was any. */
  readonly killWorkers: () => Promise<boolean>;
}

export async function startProviderRelay(
  sandbox: Sandbox,
  { random, tally, trap, killWorkers }: ProviderRelayOptions,
): Promise<ProviderRelay> {
  let generation = 1;
  let faults: { kind: ProviderFaultKind; chance: number; left: number }[] = [];
  const crashes = new Map<ProviderCrashStep, number>();

  /** Whether this is the call on which the lane's workers are to die. */
  const due = (step: ProviderCrashStep): boolean => {
    const left = crashes.get(step);
    if (left === undefined) return false;
    if (left > 1) crashes.set(step, left - 1);
    else crashes.delete(step);
    return left === 1;
  };

  const killed = async (step: ProviderCrashStep): Promise<void> => {
    if (await killWorkers()) tally.add('crash', step);
  };

  const struck = (): ProviderFaultKind | undefined => {
    const hit = faults.find(({ left, chance }) => left > 0 && random.chance(chance));
    if (hit === undefined) return undefined;
    hit.left -= 1;
    tally.add('fault', hit.kind);
    return hit.kind;
  };

  const pass = async (
    request: RelayedRequest,
    onward: Onward,
  ): Promise<RelayedAnswer | Sabotage> => {
    if (due('worker killed before a provider’s call')) {
      await killed('worker killed before a provider’s call');
      throw new Error('its caller is dead');
    }
    const real = withRealSecret(request, generation);
    const carryOut: Onward = () => onward(real);
    const kind = struck();
    const answer =
      kind === undefined
        ? await carryOut()
        : await providerFaults[kind]({ onward: carryOut, random, trap });
    if (due('worker killed between a provider’s work and its answer')) {
      await killed('worker killed between a provider’s work and its answer');
      throw new Error('its caller is dead');
    }
    if (due('worker killed after a provider’s answer')) {
      setTimeout(() => void killed('worker killed after a provider’s answer'), 2);
    }
    return answer;
  };

  const relay = await startRelay(pass, sandbox.url);
  return {
    entry: moved(sandbox.provider, relay.url),
    trouble: (trouble) => {
      faults = trouble.faults.map(({ kind, chance, times }) => ({ kind, chance, left: times }));
      crashes.clear();
      for (const { step, nth } of trouble.crashes) crashes.set(step, nth);
    },
    secret: () => secretOf(sandbox.secret, generation),
    rotate: () => {
      generation += 1;
    },
    [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose](),
  };
}

/** The entry of a provider that is reached at another URL than it listens at. */
function moved({ baseUrl, options = {}, ...entry }: ProviderEntry, url: string): ProviderEntry {
  const endpoints = Object.entries(options).map(([name, value]) => [
    name,
    typeof value === 'string' && value.startsWith(baseUrl)
      ? url + value.slice(baseUrl.length)
      : value,
  ]);
  return { ...entry, baseUrl: url, options: Object.fromEntries(endpoints) };
}
