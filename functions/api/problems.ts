import { Problem } from '../../shared/http/problem.ts';
import { SealingKeysFault } from '../../shared/sealing/keys.ts';

/** What is answered where the sealing keys are at fault. */
export const problemOf = (fault: unknown): Problem | undefined =>
  fault instanceof SealingKeysFault
    ? new Problem(
        'unavailable',
        'The sealing keys are missing or not valid, so no token can be taken. Nothing was queued.',
      )
    : undefined;
