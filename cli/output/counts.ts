import type * as z from 'zod';
import type { revocation } from '../../functions/api/contract/answers.ts';
import type { counts } from '../../shared/domain/counts.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { grouped } from './text.ts';

export type Counts = z.infer<typeof counts>;
export type Revocation = z.infer<typeof revocation>;

/** `revoked 990, parked 3`: what there is any of. */
export const summary = ({ total: _, ...rest }: Counts): string =>
  Object.entries(rest)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name.replaceAll('_', ' ')} ${grouped(count)}`)
    .join(', ') || 'no jobs yet';

/** Whether all is over, and well: what is parked, unsupported or abandoned may still be alive. */
export function exitCodeOf({
  status,
  counts: all,
}: Pick<Revocation, 'status' | 'counts'>): ExitCode {
  if (status !== 'completed') return exitCodes.unfinished;
  return all.parked + all.unsupported + all.abandoned > 0 ? exitCodes.notAll : exitCodes.done;
}
