import type { HttpRequest } from '../adapter.ts';

/**
 * `POST /v3/connect/revoke?token=…` with an empty body. Nylas takes the token in the query string
 * and nowhere else.
 *
 * There is no `content-type`: the server is known to take an empty body without one (Nylas' own
 * Node and Java SDKs) or a JSON body (its Ruby SDK), and nothing else.
 *
 * @see https://developer.nylas.com/docs/reference/api/authentication-apis/revoke_oauth2_token_and_grant/
 */
export const revocationRequest = (baseUrl: string, apiKey: string, token: string): HttpRequest => ({
  method: 'POST',
  url: `${baseUrl}/v3/connect/revoke?token=${encodeURIComponent(token)}`,
  headers: headers(apiKey),
});

/**
 * `GET /v3/connect/tokeninfo?access_token=…`, which reads a token without using it.
 *
 * @see https://developer.nylas.com/docs/reference/api/authentication-apis/info_oauth2_token/
 */
export const tokenInfoRequest = (baseUrl: string, apiKey: string, token: string): HttpRequest => ({
  method: 'GET',
  url: `${baseUrl}/v3/connect/tokeninfo?access_token=${encodeURIComponent(token)}`,
  headers: headers(apiKey),
});

const headers = (apiKey: string): HttpRequest['headers'] => ({
  accept: 'application/json',
  authorization: `Bearer ${apiKey}`,
});
