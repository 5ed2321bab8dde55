import { othersOf } from '../../../shared/grants/grant.ts';
import { shownId } from '../../../shared/grants/grant-id.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { dryRun } from '../dry-run.ts';
import { type Revoked, refuseTokens } from './revoke.ts';
import { survey } from './survey.ts';

type Question = Parameters<typeof survey>[1] & { readonly label: string | undefined };

/**
 * What revoking a person's grants would do. Writes nothing.
 *
 * @throws Problem `invalid-request` for a label that holds a token
 */
export async function preview(question: Question, deps: ApiDependencies) {
  const { grants, next } = await deps.registry.grants.window(question.subject);
  const { label } = question;
  if (label !== undefined) refuseTokens(label, grants, await deps.secrets.sealingKeys());
  const found = await survey(grants, question, deps);
  const jobs = found.candidates.map(({ job }) => job);
  return {
    ...dryRun({ jobs }, deps.catalog),
    ...restOf({ survey: found, more: next !== undefined }, question.subject),
  };
}

/** What an answer says besides of the revocation itself. */
export const restOf = (
  { survey: { toLeave, left, skipped }, more }: Pick<Revoked, 'survey' | 'more'>,
  subject: string,
) => ({
  shared: [...toLeave, ...left].map((grant) => ({
    grantId: shownId(grant.grantId),
    provider: grant.provider,
    sharedWith: othersOf(grant, subject).length,
  })),
  ...(skipped.length > 0 && {
    skipped: skipped.map(({ grant: { grantId, provider }, detail }) => ({
      grantId: shownId(grantId),
      provider,
      detail,
    })),
  }),
  ...(more && { more: true as const }),
});
