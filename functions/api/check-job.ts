import { fieldErrors } from '../../shared/http/body.ts';
import type { FieldError } from '../../shared/http/problem.ts';
import type { ConfiguredAdapter } from '../../shared/providers/adapter.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import {
  maximumParameters,
  type SubmittedJob,
  submittedJob,
  tooManyParameters,
} from './contract/submission.ts';
import { type Half, halvesOf } from './pairs.ts';

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
  const { token, refreshToken, tokenType, subject, refreshExpiresAt } = job;
  const refused: [string, string][] = [];
  if (subject?.includes(token)) refused.push(['subject', 'must not contain the token']);
  if (refreshToken !== undefined) {
    if (subject?.includes(refreshToken)) {
      refused.push(['subject', 'must not contain the refresh token']);
    }
    if (refreshToken === token) refused.push(['refreshToken', 'must be another one than token']);
    if (tokenType === 'refresh_token') {
      refused.push([
        'tokenType',
        'must be "access_token" or left out where refreshToken is given: token is then the access token',
      ]);
      return refused;
    }
  }
  if (refreshExpiresAt !== undefined && refreshToken === undefined) {
    refused.push([
      'refreshExpiresAt',
      'must be left out where there is no refreshToken: expiresAt is of token, whatever it is',
    ]);
  }
  const adapter = catalog.get(job.provider)?.adapter;
  if (adapter === undefined) return refused;
  const halves = halvesOf(job);
  return [
    ...refused,
    ...refusalOf(halves.accessToken, 'token', adapter),
    ...(halves.refreshToken === undefined
      ? []
      : refusalOf(halves.refreshToken, 'refreshToken', adapter)),
  ];
}

/** Why the provider cannot revoke a token, named by the field that it came in. */
function refusalOf(
  half: Half,
  field: 'token' | 'refreshToken',
  { checkJob, capabilities }: ConfiguredAdapter,
): [field: string, detail: string][] {
  const refusal = checkJob(half);
  if (refusal !== undefined) return [[field, refusal]];
  const { tokenType } = half;
  if (tokenType === undefined || capabilities.tokenTypes[tokenType] !== undefined) return [];
  return field === 'token'
    ? [['tokenType', `this provider does not revoke a ${tokenType}`]]
    : [[field, `this provider does not revoke a ${tokenType}: leave it out`]];
}
