import fc from 'fast-check';
import { expect, test } from 'vitest';
import { revocationRequest, tokenInfoRequest } from './request.ts';

const base = 'https://api.us.nylas.com';

test('any token arrives as it was, whatever it is made of', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (token) => {
      const revoke = new URL(revocationRequest(base, 'k', token).url);
      const look = new URL(tokenInfoRequest(base, 'k', token).url);
      expect([...revoke.searchParams]).toEqual([['token', token]]);
      expect([...look.searchParams]).toEqual([['access_token', token]]);
    }),
  );
});

test('a revocation has no body, and so nothing that would claim a type for one', () => {
  const request = revocationRequest(base, 'k', 't');
  expect(request).not.toHaveProperty('body');
  expect(request.headers).not.toHaveProperty('content-type');
});
