import { othersOf } from '../../../shared/grants/grant.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { dryRun } from '../dry-run.ts';
import type { Revoked } from './revoke.ts';
import { survey } from './survey.ts';

type Question = Parameters<typeof survey>[1];

/** What revoking a person's grants would do. Writes nothing. */
export async function preview(question: Question, deps: ApiDependencies) {
  const grants = await deps.registry.grants.all(question.subject);
  const found = await survey(grants, question, deps);
  const jobs = found.candidates.map(({ job }) => job);
  return {
    ...dryRun({ jobs }, deps.catalog),
    ...restOf({ survey: found, more: false }, question.subject),
  };
}

/** What an answer says besides of the revocation itself. */
export const restOf = (
  { survey: { toLeave, left, skipped }, more }: Pick<Revoked, 'survey' | 'more'>,
  subject: string,
) => ({
  shared: [...toLeave, ...left].map((grant) => ({
    grantId: grant.grantId,
    provider: grant.provider,
    sharedWith: othersOf(grant, subject).length,
  })),
  ...(skipped.length > 0 && {
    skipped: skipped.map(({ grant: { grantId, provider }, detail }) => ({
      grantId,
      provider,
      detail,
    })),
  }),
  ...(more && { more: true as const }),
});
