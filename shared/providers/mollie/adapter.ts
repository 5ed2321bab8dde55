import * as z from 'zod';
import { defineAdapter } from '../adapter.ts';
import { judgeProbe, judgeRevocation } from './judge.ts';
import { probeRequest, revocationRequest } from './request.ts';
import { checkTokenType, tokenTypeOf } from './token-type.ts';

const defaultBaseUrl = 'https://api.mollie.com';

/**
 * Mollie Connect. There is no sandbox host. An access token is looked up by using it for a call that
 * changes nothing; a refresh token cannot be looked up.
 *
 * A refresh token takes every access token of its authorization with it. An access token goes
 * alone, and whoever holds the refresh token can make another.
 *
 * @see https://docs.mollie.com/reference/oauth-revoke-tokens
 */
export const adapter = defineAdapter({
  kind: 'mollie',
  title: 'Mollie',
  defaultBaseUrl,
  requiresBaseUrl: false,
  capabilities: {
    tokenTypes: { access_token: 'token', refresh_token: 'grant' },
    tokenTypeHint: 'required',
    verification: 'probe',
    reportsAlreadyInvalid: false,
  },
  options: z.strictObject({}),
  secret: z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) }),
  checkJob: checkTokenType,
  connect: ({ baseUrl = defaultBaseUrl }, client) => ({
    revocation: (job, id) => revocationRequest(baseUrl, client, job, id),
    judge: judgeRevocation,
    verification: {
      request: (job) =>
        tokenTypeOf(job) === 'access_token' ? probeRequest(baseUrl, job.token) : undefined,
      judge: judgeProbe,
    },
  }),
});
