import fc from 'fast-check';
import { expect, test } from 'vitest';
import { authenticate, clientAuthMethods } from './client-authentication.ts';
import { introspectionRequest, revocationRequest } from './request.ts';

const fields = {
  client_secret_post: ['client_id', 'client_secret', 'token'],
  client_secret_basic: ['token'],
  none: ['client_id', 'token'],
} as const;

test.each(clientAuthMethods)('%s sends the fields that the SDK sends, in its order', (method) => {
  const text = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(text, text, text, (token, clientId, clientSecret) => {
      const auth = authenticate(method, { clientId, clientSecret });
      for (const build of [revocationRequest, introspectionRequest]) {
        const { body, headers } = build('https://a.genauth.ai/oidc/token', auth, token);
        const form = new URLSearchParams(body);
        expect([...form.keys()]).toEqual(fields[method]);
        expect(form.get('token')).toBe(token);
        expect('authorization' in headers).toBe(method === 'client_secret_basic');
      }
    }),
  );
});
