import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covers, rule } from './rule.ts';

describe('a pattern', () => {
  it.each([
    ['token.leaked', 'token.leaked', true],
    ['token.leaked', 'token.leaked2', false],
    ['token.*', 'token.leaked', true],
    ['token.*', 'grant.leaked', false],
    ['*.leaked', 'token.leaked', true],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*b', 'ab', false],
    ['*a*', 'bab', true],
    ['caep/*', 'caep/session-revoked', true],
    ['a.c', 'abc', false],
  ])('%s, of %j: %s', (pattern, type, expected) => {
    expect(covers(pattern, type)).toBe(expected);
  });

  it('means what the regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    const pattern = fc.array(text, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('*'));
    fc.assert(
      fc.property(pattern, text, (given, type) => {
        const source = given.replaceAll('.', '\\.').replaceAll('*', '.*');
        expect(covers(given, type)).toBe(new RegExp(`^${source}$`).test(type));
      }),
    );
  });
});

it.each([
  [{ revoke: 'token', provider: 'polar' }],
  [{ revoke: 'token', provider: 'polar', token: 'token' }],
  [{ revoke: 'subject', subject: '$.user', token: '$.token' }],
  [{ revoke: 'everything' }],
  [{ revoke: 'subject', subject: '$.user', event: '*a*b*c*d*' }],
])('%j is no rule', (given) => {
  expect(rule.safeParse(given).success).toBe(false);
});
