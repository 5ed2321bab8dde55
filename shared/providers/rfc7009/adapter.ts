import { defineAdapter } from '../adapter.ts';
import { clientAuthentication } from './authentication.ts';
import { findEndpoints, missingServer } from './endpoints.ts';
import { judgeIntrospection, judgeRevocation } from './judge.ts';
import { options, secret } from './options.ts';
import { type Caller, introspectionRequest, revocationRequest } from './request.ts';

/** Any server that follows RFC 7009, found by its endpoints or by its metadata (RFC 8414). */
export const adapter = defineAdapter({
  kind: 'rfc7009',
  title: 'RFC 7009 server',
  // Any of `baseUrl`, `options.issuer` and `options.revocationEndpoint` will do.
  requiresBaseUrl: false,
  capabilities: {
    // §2.1: a server may or must take others along, depending on what it is and what it was given.
    tokenTypes: { access_token: 'undocumented', refresh_token: 'undocumented' },
    tokenTypeHint: 'optional',
    verification: 'introspection',
    // §2.2: 200 says both "revoked now" and "was dead already".
    reportsAlreadyInvalid: false,
  },
  options,
  secret,
  checkConnection: missingServer,
  connect: async (connection, secret, send) => {
    const { id, options } = connection;
    // First, because a secret that does not fit needs no call to be found out.
    const authentication = await clientAuthentication({ id, options, secret });
    const { issuer, revocation, introspection } = await findEndpoints(connection, send);
    const caller: Caller = { issuer, clientId: secret.clientId, authentication };
    return {
      revocation: (job) => revocationRequest(revocation, job, options.sendTokenTypeHint, caller),
      judge: judgeRevocation,
      ...(introspection === undefined
        ? {}
        : {
            verification: {
              request: (job) => introspectionRequest(introspection, job, caller),
              judge: judgeIntrospection,
            },
          }),
    };
  },
});
