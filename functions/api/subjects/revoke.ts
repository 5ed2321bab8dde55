import { newRevocationId, type Revocation } from '../../../shared/domain/revocation.ts';
import { conclude } from '../../../shared/grants/conclude.ts';
import { fewAtOnce } from '../../../shared/grants/few-at-once.ts';
import { type Grant, type HeldGrant, leave } from '../../../shared/grants/grant.ts';
import type { GrantWindow } from '../../../shared/grants/grants.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { holdsToken } from '../holds-token.ts';
import { claimId, type IntakeDependencies } from '../submit.ts';
import { carryOut, firstFew, isIntact, planOf, unacceptedOf } from './carry-out.ts';
import { refusal } from './check-grant.ts';
import { answerOf, endAtOnce } from './settle.ts';
import { emptySurvey, hasCome, leftAliveOf, type Survey, survey, together } from './survey.ts';
import { keepTask, taskOf } from './task.ts';

export type RevokeDependencies = IntakeDependencies &
  Pick<ApiDependencies, 'registry' | 'slices' | 'catalog'>;

export interface RevokeRequest {
  /** Key of the person. */
  readonly subject: string;
  readonly label: string | undefined;
  /**
   * Whether it comes from a source of webhooks: no token can stand in its label, which is made of
   * configuration alone, and it goes on from `next` by itself.
   */
  readonly isSource?: true;
  /** `next` of an earlier answer, to go on from there. */
  readonly from?: string | undefined;
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
  /** From where on there are more; undefined for from the start. */
  readonly next?: string | undefined;
}

/** Windows that one call looks through for something to be done. */
const maximumWindows = 10;

/** Shared grants that one call leaves, but for those of its last window; and so many at once. */
const maximumLeft = 5000;
const atOnce = 50;

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
 * Of a person of whom others have registered very much it looks through one window after another, up to
 * the first in which there is something to be done, and says that there is more.
 *
 * @throws Problem `idempotency-conflict`, `invalid-request` for a label that holds a token, `conflict`
 * for a task that would have to wait for another call's revocation, or `unavailable` when not all could
 * be queued, or looked through
 */
export async function revokeGrants(
  request: RevokeRequest,
  deps: RevokeDependencies,
): Promise<Revoked> {
  const { subject, label, includeShared, taskToken } = request;
  const { grants, plans } = deps.registry;
  const keys = await deps.secrets.sealingKeys();
  const look = async (after: string | undefined) => {
    const window = await grants.window(subject, after);
    if (label !== undefined && request.isSource !== true) {
      refuseTokens(label, window.grants, keys);
    }
    return window;
  };
  // Before the Idempotency-Key is taken, so that it can be used again with a better label.
  let first: GrantWindow | undefined = await look(request.from);
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
  let at = request.from;
  let passed = emptySurvey;
  let windows = 1;
  for (let round = 0; round < maximumRounds; ) {
    round += 1;
    const window = first ?? (await look(at));
    first = undefined;
    const now = await conclude(window.grants, { ...deps, grants });
    const here = await survey(now, request, deps);
    const found = together(passed, here);
    if (finished !== undefined) return { revocation: finished, survey: found, more: false };
    if (!(await leaveAll(here.toLeave, request, deps))) continue;
    if (here.candidates.length === 0 && window.next !== undefined) {
      [at, passed] = [window.next, found];
      if (windows === maximumWindows || found.toLeave.length >= maximumLeft) {
        if (request.isSource !== true) throw unfinished();
        return { revocation: done, survey: found, more: true, next: at };
      }
      windows += 1;
      round = 0;
      continue;
    }

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
    // At least one of those that were not looked at.
    const unseen = window.next === undefined ? 0 : 1;
    const leftAlive = leftAliveOf(found, plan.grants.length) + unseen;
    const carriedOut = await carryOut({ subject, plan, candidates, leftAlive }, keys, deps);
    if (resumed === undefined) next = newRevocationId();
    if (carriedOut === undefined) continue;
    done = carriedOut;
    deps.log('subject.revoked', { revocation: done.id, grants: plan.grants.length });
    const rest = found.candidates.length - plan.grants.length;
    const isOwn = resumed === undefined || (task !== undefined && resumed.task === task.print);
    if (isOwn || (task === undefined && rest === 0)) {
      const more =
        rest > 0 ||
        window.next !== undefined ||
        at !== undefined ||
        hasCome((await grants.window(subject)).grants, found, request);
      return { revocation: done, survey: leftAll(found, request), more, next: at };
    }
  }
  throw new Problem(
    'unavailable',
    'Others are changing the grants of this person. Repeat the request with its Idempotency-Key.',
    { headers: { 'retry-after': '5' } },
  );
}

const unfinished = (): Problem =>
  new Problem(
    'unavailable',
    'So much is registered for this person, by several callers, that it is done in several calls. Repeat the request with its Idempotency-Key: it goes on where this one stopped. If that does not end, have those whose grants it lists DELETE them.',
    { headers: { 'retry-after': '1' } },
  );

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
  const left = await fewAtOnce(shared, atOnce, (grant) =>
    registry.grants.save(leave(grant, subject, now), grant.version),
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
