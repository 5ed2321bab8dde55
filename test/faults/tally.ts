/** What kind of thing is counted. */
export const tallied = ['fault', 'crash', 'event'] as const;
export type Tallied = (typeof tallied)[number];

/** Counts what was done to the system under test, by name. */
export interface Tally {
  readonly add: (of: Tallied, name: string, times?: number) => void;
  readonly of: (of: Tallied) => ReadonlyMap<string, number>;
  readonly total: () => number;
}

export function createTally(): Tally {
  const counts = new Map<Tallied, Map<string, number>>(tallied.map((of) => [of, new Map()]));
  return {
    add: (of, name, times = 1) => {
      const own = counts.get(of);
      own?.set(name, (own.get(name) ?? 0) + times);
    },
    of: (of) => counts.get(of) ?? new Map(),
    total: () =>
      [...counts.values()]
        .flatMap((own) => [...own.values()])
        .reduce((sum, count) => sum + count, 0),
  };
}
