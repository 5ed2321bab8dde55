import type { Job } from '../../domain/job.ts';

/**
 * Polar marks its credentials by prefix: `polar_at_…` and `polar_rt_…` are the OAuth tokens, all
 * others (`polar_pat_…`, `polar_oat_…`, client secrets, authorization codes) live elsewhere.
 *
 * @see https://github.com/polarsource/polar/blob/main/server/polar/oauth2/constants.py
 */
const oauthToken = /^polar_(at|rt)_/;

/**
 * Why a token cannot be revoked. The endpoint answers 200 to any token it does not know, so
 * another credential sent there would be reported as revoked and stay alive.
 */
export const checkToken = (token: string): string | undefined =>
  token.startsWith('polar_') && !oauthToken.test(token)
    ? [
        'Polar revokes OAuth tokens only (polar_at_…, polar_rt_…):',
        'delete personal and organization access tokens in Polar’s settings',
      ].join(' ')
    : undefined;

/**
 * Whether introspection can tell that this token is dead. For a refresh token it cannot: Polar
 * computes `active` from the access half of the pair, so an expired access token makes a living
 * refresh token look dead.
 */
export const isAccessToken = ({ token, tokenType }: Job): boolean =>
  oauthToken.test(token) ? token.startsWith('polar_at_') : tokenType === 'access_token';
