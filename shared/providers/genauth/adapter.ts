import { defineAdapter } from '../adapter.ts';
import { ConfigurationFault, SecretFault } from '../faults.ts';
import { authenticate } from './client-authentication.ts';
import { judgeIntrospection, judgeRevocation } from './judge.ts';
import { options, secret } from './options.ts';
import { introspectionRequest, revocationRequest } from './request.ts';

/**
 * GenAuth, and Authing, whose other brand it is. Every application has a domain of its own, so
 * `baseUrl` is required: https://<app>.genauth.ai, https://<app>.authing.cn, or a custom one.
 *
 * Access tokens are JWTs: a resource server that checks them locally takes a revoked one until it
 * expires. What else dies with a token is undocumented.
 *
 * @see https://github.com/GenAuth-Official/genauth-docs (docs/reference/sdk/node/authentication)
 */
export const adapter = defineAdapter({
  kind: 'genauth',
  title: 'GenAuth',
  requiresBaseUrl: true,
  capabilities: {
    tokenTypes: { access_token: 'undocumented', refresh_token: 'undocumented' },
    tokenTypeHint: 'never',
    verification: 'introspection',
    reportsAlreadyInvalid: false,
  },
  options,
  secret,
  connect: ({ id, baseUrl, options: { protocol, ...auth } }, client) => {
    if (baseUrl === undefined) throw new ConfigurationFault(`provider ${id}: no baseUrl`);
    const revocationAuth = auth.clientAuth;
    const introspectionAuth = auth.introspectionClientAuth ?? auth.clientAuth;
    for (const method of [revocationAuth, introspectionAuth]) {
      if (method !== 'none' && client.clientSecret === undefined) {
        throw new SecretFault(
          `the secret of provider ${id}: clientSecret: required by client authentication ${method}`,
        );
      }
    }
    const endpoints = `${baseUrl}/${protocol}/token`;
    return {
      revocation: ({ token }) =>
        revocationRequest(endpoints, authenticate(revocationAuth, client), token),
      judge: judgeRevocation,
      verification: {
        request: ({ token }) =>
          introspectionRequest(endpoints, authenticate(introspectionAuth, client), token),
        judge: judgeIntrospection,
      },
    };
  },
});
