import type { HttpRequest } from '../adapter.ts';
import { formBody, formHeaders } from '../client-auth.ts';
import type { ClientAuthentication } from './client-authentication.ts';

/**
 * `POST {base}/{oidc|oauth}/token/revocation`, a form whose last field is `token`. The SDK has no
 * token type hint, so none is sent.
 *
 * @param endpoints `{base}/oidc/token` or `{base}/oauth/token`
 * @see https://github.com/GenAuth-Official/genauth-node-sdk/blob/main/src/AuthenticationClient.ts
 */
export const revocationRequest = (
  endpoints: string,
  auth: ClientAuthentication,
  token: string,
): HttpRequest => tokenRequest(`${endpoints}/revocation`, auth, token);

/** `POST {base}/{oidc|oauth}/token/introspection`, in the same form. */
export const introspectionRequest = (
  endpoints: string,
  auth: ClientAuthentication,
  token: string,
): HttpRequest => tokenRequest(`${endpoints}/introspection`, auth, token);

const tokenRequest = (
  url: string,
  { headers, fields }: ClientAuthentication,
  token: string,
): HttpRequest => ({
  method: 'POST',
  url,
  headers: { ...formHeaders, ...headers },
  body: formBody({ ...fields, token }),
});
