import { basicAuthorization } from '../client-auth.ts';

/** Spelled as the GenAuth SDK spells `revocationEndPointAuthMethod`. */
export const clientAuthMethods = ['client_secret_post', 'client_secret_basic', 'none'] as const;
export type ClientAuthMethod = (typeof clientAuthMethods)[number];

/** What a method adds to a request: headers, and form fields that go before the token. */
export interface ClientAuthentication {
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The three methods as the SDK sends them; its Basic value is not form-encoded.
 *
 * @see https://github.com/GenAuth-Official/genauth-node-sdk/blob/main/src/AuthenticationClient.ts
 */
export function authenticate(
  method: ClientAuthMethod,
  { clientId, clientSecret = '' }: { clientId: string; clientSecret?: string | undefined },
): ClientAuthentication {
  switch (method) {
    case 'client_secret_post':
      return { headers: {}, fields: { client_id: clientId, client_secret: clientSecret } };
    case 'client_secret_basic':
      return {
        headers: { authorization: basicAuthorization({ clientId, clientSecret }) },
        fields: {},
      };
    case 'none':
      return { headers: {}, fields: { client_id: clientId } };
  }
}
