import type * as z from 'zod';
import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { fieldErrors } from '../../shared/http/body.ts';
import { type FieldError, Problem } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import { checkJob } from './check-job.ts';
import { partEnvelope } from './contract/parts.ts';
import { envelope, type Submission, type SubmittedJob } from './contract/submission.ts';
import { unescaped } from './holds-token.ts';
import { countTokens } from './pairs.ts';

/**
 * Checks a whole submission before any of it is taken: each job by the contract and by what only
 * its provider's adapter knows, then that no token stands where it would not be sealed.
 *
 * @throws Problem `invalid-request` listing every bad item, quoting none of them
 */
export const checkSubmission = (body: unknown, catalog: Catalog): Submission =>
  check(body, envelope, catalog);

/** The same of a further part. @throws Problem `invalid-request` */
export const checkPart = (body: unknown, catalog: Catalog): readonly SubmittedJob[] =>
  check(body, partEnvelope, catalog).jobs;

/** @param around the schema of what is around the jobs */
function check<Around extends { readonly jobs: readonly unknown[] }>(
  body: unknown,
  around: z.ZodType<Around>,
  catalog: Catalog,
): Omit<Around, 'jobs'> & { jobs: SubmittedJob[] } {
  const outer = around.safeParse(body);
  const checked = jobsOf(body).map((job, index) => checkJob(job, index, catalog));
  const jobs = checked.map(({ job }) => job);
  const errors = [
    ...(outer.success ? [] : fieldErrors(outer.error)),
    ...checked.flatMap((each) => each.errors),
    ...tooManyTokens(jobs),
    ...tokensInTheClear(body, jobs),
  ];
  if (outer.success && errors.length === 0) {
    return { ...outer.data, jobs: jobs.filter((job) => job !== undefined) };
  }
  throw refusal(errors);
}

/** What there is to look into. A list that is too long is one error, not one for each job. */
function jobsOf(body: unknown): readonly unknown[] {
  if (typeof body !== 'object' || body === null || !('jobs' in body)) return [];
  const { jobs } = body;
  return Array.isArray(jobs) && jobs.length <= maximumJobsPerPart ? jobs : [];
}

/** A pair is two jobs, so a list of the right length may still hold too many. */
function tooManyTokens(jobs: readonly (SubmittedJob | undefined)[]): FieldError[] {
  const count = countTokens(jobs.filter((job) => job !== undefined));
  if (count <= maximumJobsPerPart) return [];
  return [
    {
      pointer: '/jobs',
      detail: `must hold at most ${maximumJobsPerPart} tokens, each refreshToken counted, and holds ${count}; send more requests`,
    },
  ];
}

/** Label and refs are kept and shown as they are, so no job's token may stand there. */
function tokensInTheClear(
  body: unknown,
  jobs: readonly (SubmittedJob | undefined)[],
): FieldError[] {
  const tokens = jobs.flatMap((job) => [job?.token ?? [], job?.refreshToken ?? []].flat());
  const holdsToken = (text: unknown) =>
    typeof text === 'string' &&
    [...new Set([text, unescaped(text)])].some((each) =>
      tokens.some((token) => each.includes(token)),
    );
  const detail = 'must not contain a token';
  const errors: FieldError[] = [];
  if (typeof body === 'object' && body !== null && 'label' in body && holdsToken(body.label)) {
    errors.push({ pointer: '/label', detail });
  }
  for (const [index, job] of jobs.entries()) {
    if (holdsToken(job?.ref)) errors.push({ pointer: `/jobs/${index}/ref`, index, detail });
  }
  return errors;
}

function refusal(errors: FieldError[]): Problem {
  const jobs = new Set(errors.flatMap(({ index }) => (index === undefined ? [] : [index])));
  return new Problem(
    'invalid-request',
    jobs.size === 0
      ? 'Nothing was taken. Mend what `errors` lists and send it again.'
      : `Nothing was taken: ${jobs.size} of the jobs cannot be. Mend what \`errors\` lists and send it again.`,
    { errors: errors.sort((a, b) => (a.index ?? -1) - (b.index ?? -1)) },
  );
}
