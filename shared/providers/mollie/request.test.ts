import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idempotencyKey } from './idempotency-key.ts';
import { revocationRequest } from './request.ts';

const client = { clientId: 'app_1', clientSecret: 's' };
const build = (token: string, id = 'rev_1/0/0') =>
  revocationRequest('https://api.mollie.com', client, { token, tokenType: 'access_token' }, id);

test('any token arrives as it was, after its type', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (token) => {
      expect([...new URLSearchParams(build(token).body)]).toEqual([
        ['token_type_hint', 'access_token'],
        ['token', token],
      ]);
    }),
  );
});

test('a type is never guessed', () => {
  const guess = () => revocationRequest('https://api.mollie.com', client, { token: 'x' }, 'id');
  expect(guess).toThrow(TypeError);
});

test('the idempotency key is a version 4 UUID in form, made of the job’s id and nothing else', () => {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(idempotencyKey(one)).toMatch(uuid);
      expect(idempotencyKey(one) === idempotencyKey(other)).toBe(one === other);
    }),
  );
  const keyOf = (token: string) => build(token).headers['idempotency-key'];
  expect(keyOf('access_1')).toBe(keyOf('access_2'));
  expect(keyOf('access_1')).toBe(idempotencyKey('rev_1/0/0'));
});
