import { forget, leave, othersOf } from '../../../shared/grants/grant.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ApiDependencies } from '../dependencies.ts';

export interface ForgetRequest {
  /** Key of the person. */
  readonly subject: string;
  readonly grantId: string;
  /** Whether the caller may touch what this one has registered. */
  readonly mayTouch: (registeredBy: string) => boolean;
}

/**
 * Forgets a grant and revokes nothing: its tokens are erased, unless others share it, to whom this
 * person leaves it. Of one that is not there nothing is left to be done.
 *
 * @throws Problem `conflict` while the grant is being revoked
 */
export async function forgetGrant(
  { subject, grantId, mayTouch }: ForgetRequest,
  { registry: { grants } }: Pick<ApiDependencies, 'registry'>,
): Promise<void> {
  for (;;) {
    const slot = await grants.find(subject, grantId);
    if (slot.kind !== 'taken') return;
    const { grant } = slot;
    if (!mayTouch(grant.registeredBy) || !grant.members.includes(subject)) return;
    if (grant.state === 'revoking') {
      throw new Problem(
        'conflict',
        'This grant is being revoked; its tokens are erased when that has come to something.',
      );
    }
    const now = new Date().toISOString();
    const next =
      othersOf(grant, subject).length > 0 ? leave(grant, subject, now) : forget(grant, now);
    if ((await grants.save(next, grant.version)) !== undefined) return;
  }
}
