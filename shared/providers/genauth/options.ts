import * as z from 'zod';
import { clientAuthMethods } from './client-authentication.ts';

/**
 * What an application's settings in the GenAuth console decide. Revocation and introspection each
 * have their own authentication method there, and a request that uses another one fails.
 *
 * @see https://github.com/GenAuth-Official/genauth-docs/blob/master/docs/guides/federation/oidc.md
 */
export const options = z
  .strictObject({
    /** The application's authentication method for revoking tokens. */
    clientAuth: z.enum(clientAuthMethods).default('client_secret_post'),
    /** Its method for verifying tokens, where that differs. */
    introspectionClientAuth: z.enum(clientAuthMethods).optional(),
    /** The protocol that the application uses. */
    protocol: z.enum(['oidc', 'oauth']).default('oidc'),
  })
  // GenAuth's SDK throws for this pair; introspection has no such limit.
  .refine(
    ({ clientAuth, protocol }) => !(clientAuth === 'client_secret_basic' && protocol === 'oauth'),
    {
      path: ['clientAuth'],
      error:
        'client_secret_basic cannot revoke when protocol is oauth: use client_secret_post or none',
    },
  );

/** `clientSecret` may be left out where nothing authenticates with it. */
export const secret = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1).optional(),
});

/** The application's id and, for a confidential one, its secret. */
export type Client = z.infer<typeof secret>;
