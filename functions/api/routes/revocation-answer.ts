import { countsOf, type Revocation, statusOf } from '../../../shared/domain/revocation.ts';
import type { RevocationAnswer } from '../contract/answers.ts';

export const linksOf = (id: string) => ({
  self: `/v1/revocations/${id}`,
  outcomes: `/v1/revocations/${id}/outcomes`,
});

/** A revocation as the API shows it. */
export const revocationAnswer = (revocation: Revocation): RevocationAnswer => ({
  id: revocation.id,
  label: revocation.label,
  status: statusOf(revocation),
  counts: countsOf(revocation),
  requestedBy: revocation.requestedBy,
  createdAt: revocation.createdAt,
  acceptedAt: revocation.acceptedAt,
  completedAt: revocation.completedAt,
  links: linksOf(revocation.id),
});
