import type { HttpRequest } from '../adapter.ts';
import { type ClientCredentials, formBody, formHeaders } from '../client-auth.ts';

/**
 * `POST /v1/oauth2/revoke` with `token`, `client_id` and `client_secret` in the form body, the
 * only place where Polar reads them.
 *
 * There is never a `token_type_hint`: with one, Polar looks for that type alone, so a wrong hint
 * is answered 200 and revokes nothing. There is no `Authorization` header either: an unknown
 * bearer falls into a much lower rate limit.
 *
 * @see https://polar.sh/docs/api-reference/oauth2/connect/revoke-token
 */
export const revocationRequest = (
  baseUrl: string,
  client: ClientCredentials,
  token: string,
): HttpRequest => tokenRequest(`${baseUrl}/v1/oauth2/revoke`, client, token);

/**
 * `POST /v1/oauth2/introspect`, in the same form. A wrong hint would make a living token look dead.
 *
 * @see https://polar.sh/docs/api-reference/oauth2/connect/introspect-token
 */
export const introspectionRequest = (
  baseUrl: string,
  client: ClientCredentials,
  token: string,
): HttpRequest => tokenRequest(`${baseUrl}/v1/oauth2/introspect`, client, token);

const tokenRequest = (
  url: string,
  { clientId, clientSecret }: ClientCredentials,
  token: string,
): HttpRequest => ({
  method: 'POST',
  url,
  headers: formHeaders,
  body: formBody({ token, client_id: clientId, client_secret: clientSecret }),
});
