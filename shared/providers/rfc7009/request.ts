import type { ClientAuth } from 'oauth4webapi';
import type { Job } from '../../domain/job.ts';
import type { HttpRequest } from '../adapter.ts';
import { formHeaders } from '../client-auth.ts';

/** Who calls, and whom. */
export interface Caller {
  readonly issuer: string;
  readonly clientId: string;
  readonly authentication: ClientAuth;
}

/**
 * RFC 7009 §2.1: `token`, and the job's own type as `token_type_hint` if the server can be
 * trusted with one.
 */
export const revocationRequest = (
  endpoint: string,
  { token, tokenType }: Job,
  sendTokenTypeHint: boolean,
  caller: Caller,
): Promise<HttpRequest> =>
  signedForm(
    endpoint,
    sendTokenTypeHint && tokenType !== undefined
      ? { token, token_type_hint: tokenType }
      : { token },
    caller,
  );

/**
 * RFC 7662 §2.1. Never with a hint: a server that searches no further than the hint would call a
 * living token inactive, and that answer counts as proof of its death.
 */
export const introspectionRequest = (
  endpoint: string,
  { token }: Job,
  caller: Caller,
): Promise<HttpRequest> => signedForm(endpoint, { token }, caller);

async function signedForm(
  url: string,
  fields: Readonly<Record<string, string>>,
  { issuer, clientId, authentication }: Caller,
): Promise<HttpRequest> {
  const body = new URLSearchParams(fields);
  const headers = new Headers(formHeaders);
  await authentication({ issuer }, { client_id: clientId }, body, headers);
  return { method: 'POST', url, headers: Object.fromEntries(headers), body: body.toString() };
}
