import type { View } from './invariants.ts';
import type { Tallied, Tally } from './tally.ts';

/** Jobs by what became of them. */
export interface Counted {
  readonly accepted: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  /** Of the parked ones. */
  readonly byReason: Readonly<Record<string, number>>;
  /** Tries that were made for them. */
  readonly attempts: number;
}

export function count(views: readonly View[]): Counted {
  const rows = views.flatMap((view) => view.rows);
  return {
    accepted: views.reduce((sum, { jobs }) => sum + jobs.length, 0),
    byOutcome: tallyOf(rows.map(({ outcome }) => outcome)),
    byReason: tallyOf(
      rows.flatMap(({ outcome, reason }) =>
        outcome === 'parked' && reason !== undefined ? [reason] : [],
      ),
    ),
    attempts: rows.reduce((sum, { attempts }) => sum + attempts, 0),
  };
}

function tallyOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

export const inWords = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, times]) => `${times} ${name}`)
    .join(', ');

/** One line a kind, the rare ones with their zero. */
export function table(tally: Tally, of: Tallied, kinds: readonly string[]): string[] {
  const counts = tally.of(of);
  return kinds.map((kind) => `  ${String(counts.get(kind) ?? 0).padStart(6)}  ${kind}`);
}
