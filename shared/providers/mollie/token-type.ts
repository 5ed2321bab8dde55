import type { Job, TokenType } from '../../domain/job.ts';

/**
 * Mollie demands to be told a token's type and does not say what a wrong one does, so it is never
 * guessed. Its documentation shows all tokens as `access_…` or `refresh_…`.
 *
 * @see https://docs.mollie.com/reference/oauth-revoke-tokens
 */
export const tokenTypeOf = ({ token, tokenType }: Job): TokenType | undefined =>
  tokenType ?? typeByPrefix(token);

/** Why the type of a job's token is in doubt; undefined when it is not. */
export function checkTokenType(job: Job): string | undefined {
  const tokenType = tokenTypeOf(job);
  if (tokenType === undefined) {
    return 'Mollie needs tokenType unless the token starts with access_ or refresh_';
  }
  const expected = typeByPrefix(job.token);
  return expected === undefined || expected === tokenType
    ? undefined
    : `tokenType is ${tokenType}, but Mollie starts only ${expected}s like this token`;
}

function typeByPrefix(token: string): TokenType | undefined {
  if (token.startsWith('access_')) return 'access_token';
  if (token.startsWith('refresh_')) return 'refresh_token';
  return undefined;
}
