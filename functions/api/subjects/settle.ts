import type { Revocation } from '../../../shared/domain/revocation.ts';
import type { Plan } from '../../../shared/grants/plans.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { SealingKeys } from '../../../shared/sealing/keys.ts';
import { takeIn } from '../submit.ts';
import type { RevokeDependencies, RevokeRequest } from './revoke.ts';
import { leftAliveOf, type Survey } from './survey.ts';
import { keepTask, type Task } from './task.ts';

/** What to follow where there is nothing new: what is under way, or came last, if it may be seen. */
export async function answerOf(
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

/**
 * What a state machine's task ends with where there is nothing new to revoke. It is never given another
 * call's revocation, which may end just now and take no notice of it: a revocation without a job is
 * complete at once.
 *
 * @param id of that revocation
 * @throws Problem `conflict` while another call's revocation of the person is under way
 */
export async function endAtOnce(
  id: string,
  task: Task,
  survey: Survey,
  last: Plan | undefined,
  { label, requestedBy }: RevokeRequest,
  keys: SealingKeys,
  deps: RevokeDependencies,
): Promise<Revocation> {
  if (last?.task === task.print) {
    const own = await deps.revocations.get(last.revocation);
    if (own?.acceptedAt !== undefined) return own;
  }
  if (survey.underway.length > 0) {
    throw new Problem(
      'conflict',
      'Another call has these grants revoked already, and no task was kept for that. Repeat this one when those have ended; without a taskToken it says what to follow.',
    );
  }
  await keepTask(id, task, keys, deps);
  const leftAlive = leftAliveOf(survey) || undefined;
  return takeIn({ id, label, requestedBy, leftAlive, task: true, jobs: [] }, keys, deps);
}
