import { fieldErrors } from '../../shared/http/body.ts';
import { type FieldError, Problem } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import { type Submission, submission } from './contract/submission.ts';

/**
 * Checks a whole submission before any of it is taken: the contract first, then what only the
 * providers' adapters know.
 *
 * @throws Problem `invalid-request` listing every bad item, quoting none of them
 */
export function checkSubmission(body: unknown, catalog: Catalog): Submission {
  const parsed = submission.safeParse(body);
  const errors = parsed.success
    ? parsed.data.jobs.flatMap((job, index) => jobErrors(job, index, catalog))
    : [...fieldErrors(parsed.error), ...unknownProviders(body, catalog)];
  if (parsed.success) errors.push(...labelErrors(parsed.data));
  if (parsed.success && errors.length === 0) return parsed.data;
  const jobs = new Set(errors.flatMap(({ index }) => (index === undefined ? [] : [index])));
  throw new Problem(
    'invalid-request',
    jobs.size === 0
      ? 'Nothing was taken. Mend what `errors` lists and send it again.'
      : `Nothing was taken: ${jobs.size} of the jobs cannot be. Mend what \`errors\` lists and send it again.`,
    { errors: errors.sort((a, b) => (a.index ?? -1) - (b.index ?? -1)) },
  );
}

function jobErrors(job: Submission['jobs'][number], index: number, catalog: Catalog): FieldError[] {
  const at = (field: string, detail: string): FieldError => ({
    pointer: `/jobs/${index}/${field}`,
    index,
    detail,
  });
  const errors = (['ref', 'subject'] as const).flatMap((field) =>
    job[field]?.includes(job.token) ? [at(field, 'must not contain the token')] : [],
  );
  const provider = catalog.get(job.provider);
  if (provider === undefined) return [...errors, at('provider', unknownProvider(catalog))];
  const { capabilities } = provider.adapter;
  const refusal = provider.adapter.checkJob(job);
  if (refusal !== undefined) errors.push(at('token', refusal));
  else if (job.tokenType !== undefined && capabilities.tokenTypes[job.tokenType] === undefined) {
    errors.push(at('tokenType', `this provider does not revoke a ${job.tokenType}`));
  }
  return errors;
}

/** When other things are wrong too, unknown providers are still told in the same answer. */
function unknownProviders(body: unknown, catalog: Catalog): FieldError[] {
  const jobs =
    typeof body === 'object' && body !== null && 'jobs' in body && Array.isArray(body.jobs)
      ? (body.jobs as unknown[])
      : [];
  return jobs.flatMap((job, index) => {
    if (typeof job !== 'object' || job === null || !('provider' in job)) return [];
    if (typeof job.provider !== 'string' || catalog.has(job.provider)) return [];
    return [{ pointer: `/jobs/${index}/provider`, index, detail: unknownProvider(catalog) }];
  });
}

function labelErrors({ label, jobs }: Submission): FieldError[] {
  return label !== undefined && jobs.some(({ token }) => label.includes(token))
    ? [{ pointer: '/label', detail: 'must not contain a token' }]
    : [];
}

const unknownProvider = (catalog: Catalog): string =>
  `must be one of the configured providers: ${[...catalog.keys()].join(', ')}`;
