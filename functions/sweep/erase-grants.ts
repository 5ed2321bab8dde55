import { conclude } from '../../shared/grants/conclude.ts';
import { isCutOff } from '../../shared/grants/cut-off.ts';
import type { Grant } from '../../shared/grants/grant.ts';
import { groupBy } from '../../shared/group-by.ts';
import type { SweepDependencies } from './dependencies.ts';

/**
 * Erases the sealed tokens of grants whose jobs have all ended, whether anybody has looked since or not,
 * and tells of those that nothing will end: the call that was to revoke them died and was not repeated.
 *
 * @param deadline epoch milliseconds after which nothing more is begun
 * @returns how many were erased, and whether all were looked at
 */
export async function eraseGrants(
  { stores, grants, revoking, log }: SweepDependencies,
  deadline: number,
): Promise<{ erased: number; complete: boolean }> {
  let erased = 0;
  for await (const page of revoking()) {
    const known = await conclude(page, { ...stores, grants });
    const left = known.filter((grant) => grant.state === 'revoking');
    erased += page.filter(isRevoking).length - left.length;
    for (const [revocation, own] of groupBy(left, (grant) => grant.revocation)) {
      if (!(await isCutOff({ revocation }, stores))) continue;
      log('subject.unfinished', { revocation, grants: own.length });
    }
    if (Date.now() >= deadline) return { erased, complete: false };
  }
  return { erased, complete: true };
}

const isRevoking = ({ state }: Grant): boolean => state === 'revoking';
