import { newRevocationId, type Revocation } from '../../../shared/domain/revocation.ts';
import { conclude } from '../../../shared/grants/conclude.ts';
import { type Grant, type HeldGrant, leave } from '../../../shared/grants/grant.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { holdsToken } from '../holds-token.ts';
import { claimId, type IntakeDependencies } from '../submit.ts';
import { carryOut, firstFew, isIntact, planOf, unacceptedOf } from './carry-out.ts';
import { refusal } from './check-grant.ts';
import { answerOf, endAtOnce } from './settle.ts';
import { hasCome, leftAliveOf, type Survey, survey } from './survey.ts';
import { keepTask, taskOf } from './task.ts';

export type RevokeDependencies = IntakeDependencies &
  Pick<ApiDependencies, 'registry' | 'slices' | 'catalog'>;

export interface RevokeRequest {
  /** Key of the person. */
  readonly subject: string;
  readonly label: string | undefined;
  readonly includeShared: boolean;
  /** Of a state machine that waits until it is done. */
  readonly taskToken?: string | undefined;
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
  /** There are more grants than one revocation takes, or some have come while it was made. */
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
 * with it. What is under way or done already is not begun again: its revocation is the answer. But a
 * task waits for what its own call has begun, and for nothing else.
 *
 * @throws Problem `idempotency-conflict`, `invalid-request` for a label that holds a token, `conflict`
 * for a task that would have to wait for another call's revocation, or `unavailable` when not all could
 * be queued
 */
export async function revokeGrants(
  request: RevokeRequest,
  deps: RevokeDependencies,
): Promise<Revoked> {
  const { subject, label, includeShared, taskToken } = request;
  const { grants, plans } = deps.registry;
  const keys = await deps.secrets.sealingKeys();
  // Before the Idempotency-Key is taken, so that it can be used again with a better label.
  if (label !== undefined) refuseTokens(label, await grants.all(subject), keys);
  const task = taskOf(taskToken, keys);
  const body = [
    'grants',
    subject,
    label,
    includeShared,
    ...(task === undefined ? [] : [task.print]),
  ];
  const { id, finished, again } = await claimId(request, JSON.stringify(body), keys, deps);
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
      const revocation =
        task === undefined
          ? (done ?? (await answerOf(found, last, request, deps)))
          : await endAtOnce(next, task, found, last, request, keys, deps);
      return { revocation, survey: leftAll(found, request), more: false };
    }
    // What was cut off comes first, with just what it was to be made of.
    const resumed = begun !== undefined && isIntact(begun, found.candidates) ? begun : undefined;
    const candidates = resumed === undefined ? firstFew(found.candidates) : found.candidates;
    const plan = resumed ?? planOf(next, candidates, request, task?.print);
    if (resumed === undefined) {
      // Before its plan: whoever finds that may carry it out to its end.
      if (task !== undefined) await keepTask(next, task, keys, deps);
      if (!(await plans.replace(subject, plan, last))) continue;
    }
    const leftAlive = leftAliveOf(found, plan.grants.length);
    const carriedOut = await carryOut({ subject, plan, candidates, leftAlive }, keys, deps);
    if (resumed === undefined) next = newRevocationId();
    if (carriedOut === undefined) continue;
    done = carriedOut;
    deps.log('subject.revoked', { revocation: done.id, grants: plan.grants.length });
    const rest = found.candidates.length - plan.grants.length;
    const isOwn = resumed === undefined || (task !== undefined && resumed.task === task.print);
    if (isOwn || (task === undefined && rest === 0)) {
      const more = rest > 0 || hasCome(await grants.all(subject), found, request);
      return { revocation: done, survey: leftAll(found, request), more };
    }
  }
  throw new Problem(
    'unavailable',
    'Others are changing the grants of this person. Repeat the request with its Idempotency-Key.',
    { headers: { 'retry-after': '5' } },
  );
}

/** The label is shown, so no token of the person's may stand in it. @throws Problem `invalid-request` */
export function refuseTokens(label: string, grants: readonly Grant[], keys: SealingKeys): void {
  const prints = grants.flatMap(({ tokens }) =>
    Object.values(tokens).map(({ fingerprint }) => fingerprint),
  );
  if (prints.length === 0 || !holdsToken(label, new Set(prints), keys)) return;
  throw refusal([{ pointer: '/label', detail: 'must not contain a token' }]);
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
