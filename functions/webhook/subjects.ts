import { Problem } from '../../shared/http/problem.ts';
import { subjectKey } from '../../shared/sealing/fingerprint.ts';
import { type RevokeDependencies, revokeGrants } from '../api/subjects/revoke.ts';

/** Who is meant, and on whose behalf. */
export interface SubjectRequest {
  readonly subject: string;
  readonly requestedBy: string;
  readonly label: string;
}

/** What became of a request to revoke all of a person's grants. */
export interface SubjectRevoked {
  /** Whether anything is or was registered for that person. */
  readonly known: boolean;
  readonly revocations: readonly string[];
  /** Grants that could not be revoked. */
  readonly skipped: number;
}

/**
 * Revokes whatever is registered for a person and shared with nobody. Needs no Idempotency-Key: what is
 * under way or done already is not begun again.
 *
 * @param isLate whether the sender has waited for so long that nothing more is begun
 * @throws Problem `unavailable` where not everything could be queued, or not in time: repeated, it goes on
 */
export async function revokeSubject(
  { subject: name, requestedBy, label }: SubjectRequest,
  isLate: () => boolean,
  deps: RevokeDependencies,
): Promise<SubjectRevoked> {
  const request = {
    subject: subjectKey(name, await deps.secrets.sealingKeys()),
    label,
    isSource: true,
    includeShared: false,
    requestedBy,
    idempotencyKey: undefined,
    // A source that may revoke by person is trusted with all of that person's grants.
    mayTouch: () => true,
  } as const;
  const revocations = new Set<string>();
  let from: string | undefined;
  for (;;) {
    if (isLate()) throw late();
    const { revocation, survey, more, next } = await revokeGrants({ ...request, from }, deps);
    if (revocation !== undefined) revocations.add(revocation.id);
    from = next;
    if (more) continue;
    const { left, toLeave, skipped, underway } = survey;
    const others = left.length + toLeave.length + skipped.length + underway.length;
    return {
      known: revocations.size > 0 || others > 0,
      revocations: [...revocations],
      skipped: skipped.length,
    };
  }
}

const late = (): Problem =>
  new Problem(
    'unavailable',
    'There is more to be revoked than fits into one call. Send the event again: it goes on where this one stopped.',
    { headers: { 'retry-after': '10' } },
  );
