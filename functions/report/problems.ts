import { Problem } from '../../shared/http/problem.ts';
import { ReportKeyFault } from '../../shared/report/signer.ts';

/** What is answered where the signing key is at fault. */
export const problemOf = (fault: unknown): Problem | undefined =>
  fault instanceof ReportKeyFault
    ? new Problem(
        'unavailable',
        `The secret that reports are signed with is missing or not valid: ${fault.message}. Ask whoever operates Rescind to mend it.`,
      )
    : undefined;
