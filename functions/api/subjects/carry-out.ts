import { maximumJobsPerPart, type Revocation } from '../../../shared/domain/revocation.ts';
import { fewAtOnce } from '../../../shared/grants/few-at-once.ts';
import { startRevoking } from '../../../shared/grants/grant.ts';
import type { Plan } from '../../../shared/grants/plans.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import { countTokens, splitPairs } from '../pairs.ts';
import { takeIn } from '../submit.ts';
import type { RevokeDependencies, RevokeRequest } from './revoke.ts';
import type { Candidate } from './survey.ts';

/** Plans of a person's revocation, from the first few grants to its jobs. */

/** A plan whose revocation has not been taken in, or not all of it. */
export async function unacceptedOf(
  plan: Plan | undefined,
  { revocations }: Pick<RevokeDependencies, 'revocations'>,
): Promise<Plan | undefined> {
  if (plan === undefined) return undefined;
  const revocation = await revocations.get(plan.revocation);
  return revocation?.acceptedAt === undefined ? plan : undefined;
}

/** Whether each grant of a plan is marked for it, or as it stood when it was planned. */
export const isIntact = ({ grants, revocation }: Plan, candidates: readonly Candidate[]): boolean =>
  grants.every((planned) => {
    const grant = find(candidates, planned)?.grant;
    return grant?.state === 'revoking'
      ? grant.revocation === revocation
      : grant?.version === planned.version;
  });

/** As many as one part takes. */
export function firstFew(candidates: readonly Candidate[]): Candidate[] {
  const few: Candidate[] = [];
  let tokens = 0;
  for (const candidate of candidates) {
    tokens += countTokens([candidate.job]);
    if (tokens > maximumJobsPerPart) break;
    few.push(candidate);
  }
  return few;
}

/** @param task fingerprint of the task token that waits for it */
export const planOf = (
  revocation: string,
  candidates: readonly Candidate[],
  { label, requestedBy }: Pick<RevokeRequest, 'label' | 'requestedBy'>,
  task: string | undefined,
): Omit<Plan, 'version'> => ({
  revocation,
  requestedBy,
  label,
  task,
  grants: candidates.map(({ grant: { home, grantId, version } }) => ({ home, grantId, version })),
});

/** Grants that are marked at once. */
const atOnce = 50;

/** What a plan is carried out with. */
export interface CarryOut {
  /** Key of the person. */
  readonly subject: string;
  readonly plan: Omit<Plan, 'version'>;
  /** The plan's grants among them. */
  readonly candidates: readonly Candidate[];
  /** Grants of the person beside the plan of which a token may live. */
  readonly leftAlive: number;
}

/**
 * Marks a plan's grants, then takes their jobs in.
 *
 * @returns undefined when a grant is no longer what was planned
 */
export async function carryOut(
  { subject, plan, candidates, leftAlive }: CarryOut,
  keys: SealingKeys,
  deps: RevokeDependencies,
): Promise<Revocation | undefined> {
  const { revocation, label, requestedBy, grants } = plan;
  const planned = grants.flatMap((place) => find(candidates, place) ?? []);
  const jobs = planned.map(({ job }) => job);
  const split = splitPairs(jobs);
  const now = new Date().toISOString();
  const marked = await fewAtOnce([...planned.entries()], atOnce, async ([position, { grant }]) => {
    if (grant.state === 'revoking' && grant.revocation === revocation) return true;
    // A pair's other half comes behind them all, see `splitPairs`.
    const { after } = split[position] ?? {};
    const own = after === undefined ? [position] : [position, after];
    const next = startRevoking(grant, revocation, own, now);
    return (await deps.registry.grants.save(next, grant.version)) !== undefined;
  });
  if (marked.includes(false)) return undefined;
  return takeIn(
    {
      id: revocation,
      label,
      requestedBy,
      subject,
      leftAlive: leftAlive === 0 ? undefined : leftAlive,
      task: plan.task === undefined ? undefined : true,
      jobs,
    },
    keys,
    deps,
  );
}

const find = (
  candidates: readonly Candidate[],
  { home, grantId }: { readonly home: string; readonly grantId: string },
): Candidate | undefined =>
  candidates.find(({ grant }) => grant.home === home && grant.grantId === grantId);
