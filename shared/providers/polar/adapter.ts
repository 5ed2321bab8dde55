import * as z from 'zod';
import { defineAdapter } from '../adapter.ts';
import { judgeIntrospection, judgeRevocation } from './judge.ts';
import { introspectionRequest, revocationRequest } from './request.ts';
import { checkToken, isAccessToken } from './token.ts';

const defaultBaseUrl = 'https://api.polar.sh';

/**
 * Polar. The sandbox is a world of its own, with its own clients and tokens: set `baseUrl` to
 * https://sandbox-api.polar.sh.
 *
 * An access token and its refresh token are one row at Polar, so revoking either ends both. Pairs
 * made by earlier refreshes are dead already; other pairs of the same user and the consent live on.
 *
 * @see https://polar.sh/docs/api-reference/oauth2/connect/revoke-token
 */
export const adapter = defineAdapter({
  kind: 'polar',
  title: 'Polar',
  defaultBaseUrl,
  requiresBaseUrl: false,
  capabilities: {
    tokenTypes: { access_token: 'pair', refresh_token: 'pair' },
    tokenTypeHint: 'never',
    verification: 'introspection',
    reportsAlreadyInvalid: false,
  },
  options: z.strictObject({}),
  secret: z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) }),
  checkJob: ({ token }) => checkToken(token),
  connect: ({ baseUrl = defaultBaseUrl }, client) => ({
    revocation: ({ token }) => revocationRequest(baseUrl, client, token),
    judge: judgeRevocation,
    verification: {
      request: (job) =>
        isAccessToken(job) ? introspectionRequest(baseUrl, client, job.token) : undefined,
      judge: judgeIntrospection,
    },
  }),
});
