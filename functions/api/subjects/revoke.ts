import {
  maximumJobsPerPart,
  newRevocationId,
  type Revocation,
} from '../../../shared/domain/revocation.ts';
import { conclude } from '../../../shared/grants/conclude.ts';
import { type HeldGrant, leave, startRevoking } from '../../../shared/grants/grant.ts';
import type { Plan } from '../../../shared/grants/plans.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { countTokens, splitPairs } from '../pairs.ts';
import { claimId, type IntakeDependencies, takeIn } from '../submit.ts';
import { type Candidate, type Survey, survey } from './survey.ts';

export type RevokeDependencies = IntakeDependencies &
  Pick<ApiDependencies, 'registry' | 'slices' | 'catalog'>;

export interface RevokeRequest {
  /** Key of the person. */
  readonly subject: string;
  readonly label: string | undefined;
  readonly includeShared: boolean;
  readonly requestedBy: string;
  readonly idempotencyKey: string | undefined;
  /** Whether the caller may touch what this one has registered. */
  readonly mayTouch: (registeredBy: string) => boolean;
}

/** What the revocation of a person's grants came to. */
export interface Revoked {
  /** Absent when there is nothing to revoke, and never was. */
  readonly revocation: Revocation | undefined;
  readonly survey: Survey;
  /** There are more grants than one revocation takes. */
  readonly more: boolean;
}

/** Rounds in which others may come between. */
const maximumRounds = 10;

/**
 * Revokes all grants of a person that nobody shares; of the others the person leaves.
 *
 *     leave what is shared → write the plan → mark its grants → take its jobs in
 *
 * A grant that is marked takes no fresh tokens, so the plan's jobs are the same for whoever carries
 * it out. A crash in between leaves a plan whose revocation is not accepted; the next call goes on
 * with it. What is under way or done already is not begun again: its revocation is the answer.
 *
 * @throws Problem `idempotency-conflict`, or `unavailable` when not all could be queued
 */
export async function revokeGrants(
  request: RevokeRequest,
  deps: RevokeDependencies,
): Promise<Revoked> {
  const { subject, label, includeShared } = request;
  const { grants, plans } = deps.registry;
  const keys = await deps.secrets.sealingKeys();
  const body = JSON.stringify(['grants', subject, label, includeShared]);
  const { id, finished, again } = await claimId(request, body, keys, deps);
  // Of an id that an earlier call has had, something may be about already.
  let next = again ? newRevocationId() : id;
  let done: Revocation | undefined = finished;
  for (let round = 0; round < maximumRounds; round += 1) {
    const now = await conclude(await grants.all(subject), { ...deps, grants });
    const found = await survey(now, request, deps);
    if (finished !== undefined) return { revocation: finished, survey: found, more: false };
    if (!(await leaveAll(found.toLeave, request, deps))) continue;

    const last = await plans.get(subject);
    const begun = await unacceptedOf(last, deps);
    if (found.candidates.length === 0) {
      const revocation = done ?? (await answerOf(found, last, request, deps));
      return { revocation, survey: leftAll(found, request), more: false };
    }
    // What was cut off comes first, with just what it was to be made of.
    const resumed = begun !== undefined && isIntact(begun, found.candidates) ? begun : undefined;
    const chosen = resumed === undefined ? firstFew(found.candidates) : found.candidates;
    const plan = resumed ?? planOf(next, chosen, request);
    if (resumed === undefined && !(await plans.replace(subject, plan, last))) continue;
    const carriedOut = await carryOut(plan, chosen, subject, keys, deps);
    if (resumed === undefined) next = newRevocationId();
    if (carriedOut === undefined) continue;
    done = carriedOut;
    deps.log('subject.revoked', { revocation: done.id, grants: plan.grants.length });
    const rest = found.candidates.length - plan.grants.length;
    if (rest === 0 || resumed === undefined) {
      return { revocation: done, survey: leftAll(found, request), more: rest > 0 };
    }
  }
  throw new Problem(
    'unavailable',
    'Others are changing the grants of this person. Repeat the request with its Idempotency-Key.',
    { headers: { 'retry-after': '5' } },
  );
}

/** @returns false when somebody else wrote one of them meanwhile: perhaps they left, and we are last */
async function leaveAll(
  shared: readonly HeldGrant[],
  { subject }: RevokeRequest,
  { registry }: RevokeDependencies,
): Promise<boolean> {
  const now = new Date().toISOString();
  const left = await Promise.all(
    shared.map((grant) => registry.grants.save(leave(grant, subject, now), grant.version)),
  );
  return left.every((saved) => saved !== undefined);
}

/** How the survey stands when what was to be left has been. */
const leftAll = ({ toLeave, left, ...rest }: Survey, { subject }: RevokeRequest): Survey => ({
  ...rest,
  toLeave: [],
  left: [
    ...left,
    ...toLeave.map((grant) => ({
      ...grant,
      members: grant.members.filter((member) => member !== subject),
    })),
  ],
});

/** A plan whose revocation has not been taken in, or not all of it. */
async function unacceptedOf(
  plan: Plan | undefined,
  { revocations }: RevokeDependencies,
): Promise<Plan | undefined> {
  if (plan === undefined) return undefined;
  const revocation = await revocations.get(plan.revocation);
  return revocation?.acceptedAt === undefined ? plan : undefined;
}

/** Whether each grant of a plan is marked for it, or as it stood when it was planned. */
const isIntact = ({ grants, revocation }: Plan, candidates: readonly Candidate[]): boolean =>
  grants.every((planned) => {
    const grant = find(candidates, planned)?.grant;
    return grant?.state === 'revoking'
      ? grant.revocation === revocation
      : grant?.version === planned.version;
  });

const find = (
  candidates: readonly Candidate[],
  { home, grantId }: { readonly home: string; readonly grantId: string },
): Candidate | undefined =>
  candidates.find(({ grant }) => grant.home === home && grant.grantId === grantId);

/** As many as one part takes. */
function firstFew(candidates: readonly Candidate[]): Candidate[] {
  const few: Candidate[] = [];
  let tokens = 0;
  for (const candidate of candidates) {
    tokens += countTokens([candidate.job]);
    if (tokens > maximumJobsPerPart) break;
    few.push(candidate);
  }
  return few;
}

const planOf = (
  revocation: string,
  candidates: readonly Candidate[],
  { label, requestedBy }: RevokeRequest,
): Omit<Plan, 'version'> => ({
  revocation,
  requestedBy,
  label,
  grants: candidates.map(({ grant: { home, grantId, version } }) => ({ home, grantId, version })),
});

/** @returns undefined when a grant is no longer what was planned */
async function carryOut(
  { revocation, label, requestedBy, grants }: Omit<Plan, 'version'>,
  candidates: readonly Candidate[],
  subject: string,
  keys: SealingKeys,
  deps: RevokeDependencies,
): Promise<Revocation | undefined> {
  const planned = grants.flatMap((place) => find(candidates, place) ?? []);
  const jobs = planned.map(({ job }) => job);
  const split = splitPairs(jobs);
  const now = new Date().toISOString();
  const marked = await Promise.all(
    planned.map(async ({ grant }) => {
      if (grant.state === 'revoking' && grant.revocation === revocation) return true;
      const own = split.filter(({ ref }) => ref === grant.grantId).map(({ index }) => index);
      const next = startRevoking(grant, revocation, own, now);
      return (await deps.registry.grants.save(next, grant.version)) !== undefined;
    }),
  );
  if (marked.includes(false)) return undefined;
  return takeIn({ id: revocation, label, requestedBy, subject, jobs }, keys, deps);
}

/** What to follow where there is nothing new: what is under way, or came last, if it may be seen. */
async function answerOf(
  { underway }: Survey,
  last: Plan | undefined,
  { mayTouch }: RevokeRequest,
  { revocations }: RevokeDependencies,
): Promise<Revocation | undefined> {
  const newestFirst = [...underway].sort().reverse();
  for (const id of [...(last === undefined ? [] : [last.revocation]), ...newestFirst]) {
    const revocation = await revocations.get(id);
    if (revocation?.acceptedAt === undefined) continue;
    if (mayTouch(revocation.requestedBy)) return revocation;
  }
  return undefined;
}
