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

/** Far more revocations of 500 tokens than anybody has. */
const maximumRounds = 20;

/**
 * Revokes whatever is registered for a person and shared with nobody. Needs no Idempotency-Key: what is
 * under way or done already is not begun again.
 *
 * @throws Problem where not everything could be queued
 */
export async function revokeSubject(
  { subject: name, requestedBy, label }: SubjectRequest,
  deps: RevokeDependencies,
): Promise<SubjectRevoked> {
  const request = {
    subject: subjectKey(name, await deps.secrets.sealingKeys()),
    label,
    includeShared: false,
    requestedBy,
    idempotencyKey: undefined,
    // A source that may revoke by person is trusted with all of that person's grants.
    mayTouch: () => true,
  };
  const revocations = new Set<string>();
  for (let round = 0; ; round += 1) {
    const { revocation, survey, more } = await revokeGrants(request, deps);
    if (revocation !== undefined) revocations.add(revocation.id);
    if (more && round < maximumRounds) continue;
    const { left, toLeave, skipped, underway } = survey;
    const others = left.length + toLeave.length + skipped.length + underway.length;
    return {
      known: revocations.size > 0 || others > 0,
      revocations: [...revocations],
      skipped: skipped.length,
    };
  }
}
