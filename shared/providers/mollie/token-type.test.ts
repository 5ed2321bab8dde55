import { describe, expect, test } from 'vitest';
import { checkTokenType, tokenTypeOf } from './token-type.ts';

test.each([
  [{ token: 'access_1' }, 'access_token'],
  [{ token: 'refresh_1' }, 'refresh_token'],
  [{ token: 'opaque', tokenType: 'refresh_token' as const }, 'refresh_token'],
  [{ token: 'Access_1' }, undefined],
  [{ token: 'opaque' }, undefined],
])('%j is of type %s', (job, type) => expect(tokenTypeOf(job)).toBe(type));

describe('at intake', () => {
  test('a type is asked for where the token does not tell', () => {
    expect(checkTokenType({ token: 'opaque' })).toMatch(/^Mollie needs tokenType/);
  });

  test.each([
    { token: 'access_1', tokenType: 'refresh_token' as const },
    { token: 'refresh_1', tokenType: 'access_token' as const },
  ])('a contradiction is refused: %j', (job) => {
    expect(checkTokenType(job)).toMatch(/^tokenType is (access|refresh)_token, but Mollie/);
    expect(checkTokenType(job)).not.toContain(job.token);
  });

  test('agreement is not', () => {
    expect(checkTokenType({ token: 'access_1', tokenType: 'access_token' })).toBeUndefined();
  });
});
