import * as z from 'zod';
import { defineAdapter } from '../adapter.ts';
import { judgeRevocation } from './judge.ts';
import { revocationRequest } from './request.ts';
import { checkTokenType } from './token-type.ts';

const defaultBaseUrl = 'https://api.mollie.com';

/**
 * Mollie Connect. There is no sandbox host, and no way to look a token up.
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
    verification: 'none',
    reportsAlreadyInvalid: false,
  },
  options: z.strictObject({}),
  secret: z.object({ clientId: z.string().min(1), clientSecret: z.string().min(1) }),
  checkJob: checkTokenType,
  connect: ({ baseUrl = defaultBaseUrl }, client) => ({
    revocation: (job, id) => revocationRequest(baseUrl, client, job, id),
    judge: judgeRevocation,
  }),
});
