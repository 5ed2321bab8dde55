/** Client credentials as most providers issue them. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** `Basic` as most providers' own SDKs send it: raw, without RFC 6749 §2.3.1's form-encoding. */
export const basicAuthorization = ({ clientId, clientSecret }: ClientCredentials): string =>
  `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;

/** Headers of a form POST, as every RFC 6749 endpoint takes it. */
export const formHeaders = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'application/json',
} as const;

/** A form body, in the order given. */
export const formBody = (fields: Readonly<Record<string, string>>): string =>
  new URLSearchParams(fields).toString();
