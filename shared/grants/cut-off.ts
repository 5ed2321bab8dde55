import { epochSeconds } from '../domain/outcome.ts';
import { idTime } from '../domain/revocation.ts';
import type { Revocations } from '../store/revocations.ts';
import type { RevokingGrant } from './grant.ts';

/** Longer than any call lasts. */
const callSeconds = 60;

/**
 * Whether a grant is marked for a revocation that has never been taken in, and will not be by the call
 * that began it; or for one that has been forgotten. Nothing would ever end it by itself.
 */
export async function isCutOff(
  { revocation }: Pick<RevokingGrant, 'revocation'>,
  { revocations }: { readonly revocations: Pick<Revocations, 'get'> },
): Promise<boolean> {
  if (epochSeconds() - idTime(revocation) < callSeconds) return false;
  return (await revocations.get(revocation))?.acceptedAt === undefined;
}
