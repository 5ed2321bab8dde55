import type { Job } from '../../domain/job.ts';
import type { HttpRequest } from '../adapter.ts';
import {
  basicAuthorization,
  type ClientCredentials,
  formBody,
  formHeaders,
} from '../client-auth.ts';
import { idempotencyKey } from './idempotency-key.ts';
import { tokenTypeOf } from './token-type.ts';

/**
 * `DELETE /oauth2/tokens` with a form body, as Mollie's own curl example and Node SDK send it. The
 * path has no `/v2`, unlike the rest of the API, and the same URL with POST issues tokens.
 *
 * @param callId makes the idempotency key
 * @throws when the job's token type is unknown; `checkTokenType` lets no such job in
 * @see https://docs.mollie.com/reference/oauth-revoke-tokens
 */
export function revocationRequest(
  baseUrl: string,
  client: ClientCredentials,
  job: Job,
  callId: string,
): HttpRequest {
  const tokenType = tokenTypeOf(job);
  if (tokenType === undefined) throw new TypeError('mollie: a job without a token type');
  return {
    method: 'DELETE',
    url: `${baseUrl}/oauth2/tokens`,
    headers: {
      ...formHeaders,
      authorization: basicAuthorization(client),
      'idempotency-key': idempotencyKey(callId),
    },
    body: formBody({ token_type_hint: tokenType, token: job.token }),
  };
}

/**
 * `GET /v2/organizations/me` with the access token itself: the cheapest call that it may make. Mollie
 * has no introspection.
 *
 * @see https://docs.mollie.com/oauth/getting-started
 * @see https://github.com/mollie/oauth2-mollie-php
 */
export const probeRequest = (baseUrl: string, accessToken: string): HttpRequest => ({
  method: 'GET',
  url: `${baseUrl}/v2/organizations/me`,
  headers: { accept: formHeaders.accept, authorization: `Bearer ${accessToken}` },
});
