import { isCutOff } from '../../../shared/grants/cut-off.ts';
import {
  type EndedGrant,
  type EndState,
  forget,
  leave,
  othersOf,
} from '../../../shared/grants/grant.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { type Named, pick } from './pick.ts';

/** States of which a token may live, until somebody says by forgetting it that this is seen to. */
const leftAlive: ReadonlySet<EndState> = new Set(['unsupported', 'abandoned']);

/** Whether what is left of a grant is to be forgotten; the record of a revoked one is kept. */
const isLeftAlive = (ended: EndedGrant | undefined, subject: string): ended is EndedGrant =>
  ended !== undefined && leftAlive.has(ended.state) && ended.members.includes(subject);

/**
 * Forgets a grant and revokes nothing: its tokens are erased, unless others share it, to whom this
 * person leaves it. Of one that is not there nothing is left to be done. One that has ended with a token
 * that may live counts as such no more.
 *
 * @throws Problem `conflict` while the grant is being revoked
 */
export async function forgetGrant(
  named: Named,
  deps: Pick<ApiDependencies, 'registry' | 'revocations'>,
): Promise<void> {
  const { subject } = named;
  const { grants } = deps.registry;
  for (;;) {
    const { slot, ended } = await pick(named, deps);
    if (isLeftAlive(ended, subject)) {
      const forgotten = forget(ended, new Date().toISOString());
      if ((await grants.save(forgotten, ended.version)) === undefined) continue;
      return;
    }
    if (slot.kind !== 'taken') return;
    const { grant } = slot;
    if (!grant.members.includes(subject)) return;
    if (grant.state === 'revoking' && !(await isCutOff(grant, deps))) {
      throw new Problem(
        'conflict',
        'This grant is being revoked; its tokens are erased when that has come to something. If the call that began it has failed, repeat that, or this one in a minute.',
      );
    }
    const now = new Date().toISOString();
    const others = othersOf(grant, subject);
    const next = others.length > 0 ? leave(grant, subject, now) : forget(grant, now);
    if ((await grants.save(next, grant.version)) === undefined) continue;
    if (others.length === 0) await grants.release(grant, [subject, ...grant.left]);
    return;
  }
}
