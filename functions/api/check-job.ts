import { fieldErrors } from '../../shared/http/body.ts';
import type { FieldError } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import {
  maximumParameters,
  type SubmittedJob,
  submittedJob,
  tooManyParameters,
} from './contract/submission.ts';

/** One job of a submission: what it is, if it is one, and all that is wrong with it. */
export interface CheckedJob {
  readonly job?: SubmittedJob;
  readonly errors: readonly FieldError[];
}

export function checkJob(given: unknown, index: number, catalog: Catalog): CheckedJob {
  const at = (field: string, detail: string): FieldError => ({
    pointer: `/jobs/${index}/${field}`,
    index,
    detail,
  });
  const { provider, parameters, ...rest } = fieldsOf(given);
  // Counted before they are looked at: each entry of a huge record would be an error of its own.
  if (Object.keys(fieldsOf(parameters)).length > maximumParameters) {
    const { errors } = checkJob({ provider, ...rest }, index, catalog);
    return { errors: [...errors, at('parameters', tooManyParameters)] };
  }
  const unknownProvider =
    typeof provider === 'string' && !catalog.has(provider)
      ? [
          at(
            'provider',
            `must be one of the configured providers: ${[...catalog.keys()].join(', ')}`,
          ),
        ]
      : [];
  const parsed = submittedJob.safeParse(given);
  if (!parsed.success) return { errors: [...fieldErrors(parsed.error, index), ...unknownProvider] };
  const refused = refusals(parsed.data, catalog).map(([field, detail]) => at(field, detail));
  return { job: parsed.data, errors: [...unknownProvider, ...refused] };
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** What a job of the right shape may still have wrong, as field and detail. */
function refusals(job: SubmittedJob, catalog: Catalog): [field: string, detail: string][] {
  const { token, tokenType, subject } = job;
  const refused: [string, string][] = [];
  if (subject?.includes(token)) refused.push(['subject', 'must not contain the token']);
  const adapter = catalog.get(job.provider)?.adapter;
  if (adapter === undefined) return refused;
  const refusal = adapter.checkJob(job);
  if (refusal !== undefined) {
    refused.push(['token', refusal]);
  } else if (tokenType !== undefined && adapter.capabilities.tokenTypes[tokenType] === undefined) {
    refused.push(['tokenType', `this provider does not revoke a ${tokenType}`]);
  }
  return refused;
}
