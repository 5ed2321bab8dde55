import * as z from 'zod';
import { defineAdapter } from '../adapter.ts';
import { judgeRevocation, judgeTokenInfo } from './judge.ts';
import { revocationRequest, tokenInfoRequest } from './request.ts';

const defaultBaseUrl = 'https://api.us.nylas.com';

/**
 * Nylas v3, hosted OAuth. An application lives in one region: in the EU set `baseUrl` to
 * https://api.eu.nylas.com, since a key of one region is a 401 at the other.
 *
 * Revoking ends the access token, its child tokens and their refresh token. It ends neither the
 * grant nor the mailbox provider's own token.
 *
 * @see https://developer.nylas.com/docs/reference/api/authentication-apis/revoke_oauth2_token_and_grant/
 */
export const adapter = defineAdapter({
  kind: 'nylas',
  title: 'Nylas',
  defaultBaseUrl,
  requiresBaseUrl: false,
  capabilities: {
    tokenTypes: { access_token: 'pair' },
    tokenTypeHint: 'never',
    verification: 'token_info',
    reportsAlreadyInvalid: false,
  },
  options: z.strictObject({}),
  secret: z.object({ apiKey: z.string().min(1) }),
  checkJob: ({ tokenType }) =>
    tokenType === 'refresh_token'
      ? 'Nylas revokes access tokens only: send the access token, its refresh token dies with it'
      : undefined,
  connect: ({ baseUrl = defaultBaseUrl }, { apiKey }) => ({
    revocation: ({ token }) => revocationRequest(baseUrl, apiKey, token),
    judge: judgeRevocation,
    verification: {
      // There is no look-up for a refresh token.
      request: ({ token, tokenType }) =>
        tokenType === 'refresh_token' ? undefined : tokenInfoRequest(baseUrl, apiKey, token),
      judge: judgeTokenInfo,
    },
  }),
});
