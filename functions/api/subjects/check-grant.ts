import { fieldErrors } from '../../../shared/http/body.ts';
import { type FieldError, Problem } from '../../../shared/http/problem.ts';
import type { Catalog } from '../../../shared/providers/catalog.ts';
import { checkJob } from '../check-job.ts';
import { type Registration, registration } from '../contract/grants.ts';
import type { SubmittedJob } from '../contract/submission.ts';

/** The fields of a job, as a registration has them. */
const fieldOf: Readonly<Record<string, string>> = {
  token: 'accessToken',
  tokenType: 'accessToken',
};

/**
 * Checks a registration as the job is checked that it will become, so that what is registered can be
 * revoked when it comes to that. Tokens that the provider does not revoke are left out: nothing could
 * be done with them.
 *
 * @param named what stands in the URL or is shown, and so must hold no token
 * @throws Problem `invalid-request` listing all that is wrong, quoting none of it
 */
export function checkRegistration(
  body: unknown,
  named: Readonly<Record<'subject' | 'grantId', string>>,
  catalog: Catalog,
): Registration {
  const parsed = registration.safeParse(body);
  if (!parsed.success) throw refusal(fieldErrors(parsed.error));
  const kept = revocable(parsed.data, catalog);
  const job = jobOf(named.grantId, kept);
  if (job === undefined) {
    const { accessToken, refreshToken } = parsed.data;
    throw refusal([
      accessToken === undefined && refreshToken === undefined
        ? { pointer: '', detail: 'must have an accessToken or a refreshToken' }
        : {
            pointer: accessToken === undefined ? '/refreshToken' : '/accessToken',
            detail: 'this provider revokes no such token; register the other one',
          },
    ]);
  }
  const { errors } = checkJob(job, 0, catalog);
  const all = [...errors.map((error) => placed(error, kept)), ...tokensInTheClear(kept, named)];
  if (all.length > 0) throw refusal(all);
  return kept;
}

/** The job that revokes a grant; undefined without a token. */
export function jobOf(
  grantId: string,
  { provider, accessToken, refreshToken, expiresAt, refreshExpiresAt, parameters }: Registration,
): SubmittedJob | undefined {
  const job = { provider, ref: grantId, ...(parameters && { parameters }) };
  if (accessToken !== undefined) {
    return {
      ...job,
      token: accessToken,
      tokenType: 'access_token',
      ...(expiresAt !== undefined && { expiresAt }),
      ...(refreshToken !== undefined && { refreshToken }),
      ...(refreshToken !== undefined && refreshExpiresAt !== undefined && { refreshExpiresAt }),
    };
  }
  return refreshToken === undefined
    ? undefined
    : {
        ...job,
        token: refreshToken,
        tokenType: 'refresh_token',
        ...(refreshExpiresAt !== undefined && { expiresAt: refreshExpiresAt }),
      };
}

function revocable(given: Registration, catalog: Catalog): Registration {
  const types = catalog.get(given.provider)?.adapter.capabilities.tokenTypes;
  if (types === undefined) return given;
  const { accessToken, expiresAt, refreshToken, refreshExpiresAt, ...rest } = given;
  return {
    ...rest,
    ...(types.access_token !== undefined && { accessToken, expiresAt }),
    ...(types.refresh_token !== undefined && { refreshToken, refreshExpiresAt }),
  };
}

function placed({ pointer, detail }: FieldError, { accessToken }: Registration): FieldError {
  const field = pointer.split('/').at(-1) ?? '';
  const ofRefresh = accessToken === undefined && Object.hasOwn(fieldOf, field);
  return { pointer: `/${ofRefresh ? 'refreshToken' : (fieldOf[field] ?? field)}`, detail };
}

function tokensInTheClear(
  { accessToken, refreshToken }: Registration,
  named: Readonly<Record<string, string>>,
): FieldError[] {
  const tokens = [accessToken, refreshToken].filter((token) => token !== undefined);
  return Object.entries(named).flatMap(([pointer, text]) =>
    tokens.some((token) => text.includes(token))
      ? [{ pointer, detail: 'must not contain a token' }]
      : [],
  );
}

export const refusal = (errors: readonly FieldError[]): Problem =>
  new Problem('invalid-request', 'Nothing was done. Mend what `errors` lists and send it again.', {
    errors,
  });
