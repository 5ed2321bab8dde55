import fc from 'fast-check';
import { expect, test } from 'vitest';
import { introspectionRequest, revocationRequest } from './request.ts';

test('token and credentials arrive as they were, in the documented order, with nothing else', () => {
  const text = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(text, text, text, (token, clientId, clientSecret) => {
      for (const build of [revocationRequest, introspectionRequest]) {
        const { body } = build('https://api.polar.sh', { clientId, clientSecret }, token);
        expect([...new URLSearchParams(body)]).toEqual([
          ['token', token],
          ['client_id', clientId],
          ['client_secret', clientSecret],
        ]);
      }
    }),
  );
});
