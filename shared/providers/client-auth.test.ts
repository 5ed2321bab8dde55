import fc from 'fast-check';
import { expect, test } from 'vitest';
import { basicAuthorization, formBody } from './client-auth.ts';

test('Basic carries id and secret as they are, in UTF-8', () => {
  expect(basicAuthorization({ clientId: 'id', clientSecret: 's%/é' })).toBe(
    `Basic ${Buffer.from('id:s%/é', 'utf8').toString('base64')}`,
  );
});

test('a form reads back as its fields, in their order', () => {
  const fields = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => !/^\d+$|^__proto__$/.test(name)),
    fc.string(),
  );
  fc.assert(
    fc.property(fields, (given) => {
      expect([...new URLSearchParams(formBody(given))]).toEqual(Object.entries(given));
    }),
  );
});
