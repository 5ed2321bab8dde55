import { countsOf, isOpen, type Revocation, statusOf } from '../../../shared/domain/revocation.ts';
import type { RevocationAnswer } from '../contract/answers.ts';

/** @param open whether further parts may come */
export const linksOf = (id: string, open = false) => ({
  self: `/v1/revocations/${id}`,
  outcomes: `/v1/revocations/${id}/outcomes`,
  ...(open && { parts: `/v1/revocations/${id}/parts`, close: `/v1/revocations/${id}/close` }),
});

/** A revocation as the API shows it. */
export const revocationAnswer = (revocation: Revocation): RevocationAnswer => ({
  id: revocation.id,
  label: revocation.label,
  status: statusOf(revocation),
  open: isOpen(revocation) || undefined,
  counts: countsOf(revocation),
  leftAlive: revocation.leftAlive,
  requestedBy: revocation.requestedBy,
  createdAt: revocation.createdAt,
  acceptedAt: revocation.acceptedAt,
  // It stands there yet while jobs of a part are just being sent again.
  completedAt: statusOf(revocation) === 'completed' ? revocation.completedAt : undefined,
  links: linksOf(revocation.id, isOpen(revocation)),
});
