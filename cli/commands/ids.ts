import { jobIdPattern } from '../../shared/domain/job.ts';
import { revocationIdPattern } from '../../shared/domain/revocation.ts';
import { notOnTheCommandLine } from '../arguments.ts';
import { UsageFault } from '../faults.ts';

/** @throws UsageFault that does not quote it */
export function revocationId(given: string | undefined): string {
  if (given !== undefined && revocationIdPattern.test(given)) return given;
  throw new UsageFault(
    `That is not the id of a revocation, which is rev_ and 40 hexadecimal digits. ${notOnTheCommandLine}`,
  );
}

/** @throws UsageFault that does not quote them */
export function jobIds(given: readonly string[]): readonly string[] {
  if (given.every((id) => jobIdPattern.test(id))) return given;
  throw new UsageFault(
    `That is not the id of a job, as \`rescind dead-letters\` shows it: rev_…/0/7. ${notOnTheCommandLine}`,
  );
}
