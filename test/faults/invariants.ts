import type { Counts, Outcome, Revocation } from '../../local/client.ts';

/** A job as it was handed in. */
export interface HandedIn {
  readonly ref: string;
  readonly provider: string;
  readonly token: string;
  /** What the token was then; `foreign`: another client's. */
  readonly state: 'live' | 'dead' | 'foreign';
}

/** One accepted revocation, as it can be seen from outside. */
export interface View {
  readonly jobs: readonly HandedIn[];
  readonly revocation: Revocation;
  readonly rows: readonly Outcome[];
  /** Jobs of the revocation that the ledger lists, with their reasons. */
  readonly parked: ReadonlyMap<string, string>;
  /** Whether the token of the job at that index is alive at its provider. */
  readonly alive: readonly boolean[];
}

/** A promise that is broken. */
export interface Violation {
  readonly rule: string;
  readonly revocation: string;
  /** Jobs by id or reference, as far as the rule is about jobs. */
  readonly jobs: readonly string[];
}

/** What is said of a token that nobody can use any more. */
const saysDead = (outcome: Outcome['outcome']): boolean =>
  outcome === 'revoked' || outcome === 'already_invalid';

/** Outcomes that never change again. */
export const isFinal = (outcome: Outcome['outcome']): boolean =>
  outcome !== 'queued' && outcome !== 'parked';

const outcomeNames = (counts: Counts) =>
  Object.keys(counts).filter((name) => name !== 'total' && name !== 'queued');

/** Each rule names the jobs that break it, or the revocation where it is broken as a whole. */
const rules: Readonly<Record<string, (view: View) => readonly string[]>> = {
  'it completes': ({ revocation }) =>
    revocation.status === 'completed' && revocation.counts.queued === 0 ? [] : [revocation.id],

  'accepted = ended + parked': ({ revocation, jobs }) => {
    const { counts } = revocation;
    const ended = Object.entries(counts)
      .filter(([name]) => outcomeNames(counts).includes(name))
      .reduce((sum, [, count]) => sum + count, 0);
    return counts.total === jobs.length && ended === jobs.length ? [] : [revocation.id];
  },

  'every job has one row': ({ rows, jobs, revocation }) => {
    const seen = new Map<number, number>();
    for (const { index } of rows) seen.set(index, (seen.get(index) ?? 0) + 1);
    const wrong = jobs.flatMap(({ ref }, index) => (seen.get(index) === 1 ? [] : [ref]));
    return rows.length === jobs.length ? wrong : [revocation.id, ...wrong];
  },

  'a row is of the job that was handed in': ({ rows, jobs }) =>
    rows
      .filter(({ index, ref, provider }) => {
        const job = jobs[index];
        return job?.ref !== ref || job?.provider !== provider;
      })
      .map(({ job }) => job),

  'the counts are the rows’': ({ revocation, rows }) =>
    Object.entries(revocation.counts).every(
      ([name, count]) =>
        name === 'total' || rows.filter(({ outcome }) => outcome === name).length === count,
    )
      ? []
      : [revocation.id],

  'what is parked is in the ledger, and nothing else': ({ rows, parked }) => {
    const said = new Map(
      rows.filter(({ outcome }) => outcome === 'parked').map(({ job, reason }) => [job, reason]),
    );
    return [...new Set([...said.keys(), ...parked.keys()])]
      .filter((job) => parked.get(job) !== said.get(job))
      .map((job) => `${job} (row: ${said.get(job)}, ledger: ${parked.get(job)})`);
  },

  'what is called dead is dead': ({ rows, alive }) =>
    rows
      .filter(({ outcome, index }) => saysDead(outcome) && alive[index])
      .map(
        ({ job, provider, outcome, evidence, httpStatus, attempts }) =>
          `${job} (${provider} ${outcome} ${evidence} ${httpStatus} after ${attempts})`,
      ),

  'nothing is given up or expires by itself': ({ rows }) =>
    rows
      .filter(({ outcome }) => outcome === 'abandoned' || outcome === 'expired')
      .map(({ job }) => job),
};

export const ruleNames = Object.keys(rules);

export const violations = (view: View): Violation[] =>
  Object.entries(rules).flatMap(([rule, broken]) => {
    const jobs = broken(view);
    return jobs.length === 0 ? [] : [{ rule, revocation: view.revocation.id, jobs }];
  });

/** Remembers what jobs ended as. */
export interface History {
  /** @returns jobs that had ended otherwise when they were last seen */
  readonly note: (revocation: string, rows: readonly Outcome[]) => Violation[];
}

export function createHistory(): History {
  const ended = new Map<string, Outcome['outcome']>();
  return {
    note: (revocation, rows) => {
      const changed = rows.filter(({ job, outcome }) => {
        const before = ended.get(job);
        if (before === undefined && isFinal(outcome)) ended.set(job, outcome);
        return before !== undefined && before !== outcome;
      });
      return changed.length === 0
        ? []
        : [
            {
              rule: 'an outcome never changes',
              revocation,
              jobs: changed.map(({ job }) => job),
            },
          ];
    },
  };
}

/**
 * After every fault has ended and what was parked was sent again. A job may stay parked then, where
 * its provider does not tell a dead token from an unknown one; its token may not live.
 */
export const survivors = ({ jobs, alive, revocation }: View): Violation[] => {
  const left = jobs.filter(({ state }, index) => state !== 'foreign' && alive[index]);
  const rule = 'once all is well, every token of ours dies';
  return left.length === 0
    ? []
    : [{ rule, revocation: revocation.id, jobs: left.map(({ ref }) => ref) }];
};
