import type { Outcome } from '../domain/outcome.ts';
import { countsOf, type Revocation } from '../domain/revocation.ts';
import { groupBy } from '../group-by.ts';
import type { Revocations } from '../store/revocations.ts';
import type { Slices } from '../store/slices.ts';
import { fewAtOnce } from './few-at-once.ts';
import { type EndState, end, type Grant, type RevokingGrant } from './grant.ts';
import type { Grants } from './grants.ts';

export interface ConcludeDependencies {
  readonly grants: Pick<Grants, 'save' | 'release'>;
  readonly revocations: Pick<Revocations, 'get'>;
  readonly slices: Pick<Slices, 'list'>;
}

/**
 * Erases the sealed tokens of a person's grants whose jobs have all ended. To be called when a
 * revocation that has a subject is complete; repeated, it changes nothing. A grant with a parked job
 * keeps its tokens until that job has ended as well.
 *
 * @param subject key of the person: `subject` of the revocation
 */
export async function concludeGrants(
  subject: string,
  deps: ConcludeDependencies & { readonly grants: Pick<Grants, 'window'> },
): Promise<void> {
  let after: string | undefined;
  do {
    const { grants, next } = await deps.grants.window(subject, after);
    await conclude(grants, deps);
    after = next;
  } while (after !== undefined);
}

/** Revocations, and grants, that are looked up at once. */
const atOnce = 25;

/** The same for grants that have been read already. @returns them as they now stand */
export async function conclude(
  grants: readonly Grant[],
  deps: ConcludeDependencies,
): Promise<Grant[]> {
  const revoking = grants.filter((grant) => grant.state === 'revoking');
  const ends = new Map<RevokingGrant, EndState>();
  const groups = [...groupBy(revoking, (grant) => grant.revocation)];
  await fewAtOnce(groups, atOnce, async ([revocation, own]) => {
    const outcomes = await outcomesOf(revocation, deps);
    for (const grant of own) {
      const state = endOf(grant.jobs.map((index) => outcomes.get(index)));
      if (state !== undefined) ends.set(grant, state);
    }
  });
  return fewAtOnce(grants, atOnce, async (grant) => {
    const state = grant.state === 'revoking' ? ends.get(grant) : undefined;
    if (grant.state !== 'revoking' || state === undefined) return grant;
    const ended = end(grant, state, new Date().toISOString());
    const saved = await deps.grants.save(ended, grant.version);
    if (saved === undefined) return grant;
    await deps.grants.release(grant, [...grant.members, ...grant.left]);
    return { ...ended, ...saved };
  });
}

/**
 * How a grant has ended by what became of its jobs; undefined while one is queued or parked. The
 * least that can be said of one token is what is said of the grant.
 */
export function endOf(outcomes: readonly (Outcome | undefined)[]): EndState | undefined {
  if (outcomes.some((outcome) => outcome === undefined || outcome === 'parked')) return undefined;
  if (outcomes.includes('abandoned')) return 'abandoned';
  return outcomes.includes('unsupported') ? 'unsupported' : 'revoked';
}

/** Its jobs are queued or parked, all of them: most that is parked stays so for days. */
const nothingEnded = (revocation: Revocation): boolean => {
  const { total, queued, parked } = countsOf(revocation);
  return queued + parked === total;
};

const pageSize = 100;

/** Outcomes of part 0 by index; none while intake has not ended, when jobs may be yet to come. */
async function outcomesOf(
  revocation: string,
  { revocations, slices }: ConcludeDependencies,
): Promise<ReadonlyMap<number, Outcome | undefined>> {
  const outcomes = new Map<number, Outcome | undefined>();
  const known = await revocations.get(revocation);
  if (known?.acceptedAt === undefined || nothingEnded(known)) return outcomes;
  for (let after: { part: number; slice: number } | undefined, more = true; more; ) {
    const page = await slices.list(revocation, pageSize, after);
    for (const { part, records } of page.slices) {
      if (part !== 0) continue;
      for (const [index, { outcome }] of records) outcomes.set(index, outcome);
    }
    after = page.slices.at(-1);
    more = page.more;
  }
  return outcomes;
}
