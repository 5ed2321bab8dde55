import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aToken } from '../../test/support/arbitraries.ts';
import { bodyDigest, fingerprint, subjectKey } from './fingerprint.ts';
import { generateSealingKeys, parseSealingKeys } from './keys.ts';

const keys = parseSealingKeys(generateSealingKeys());
const others = parseSealingKeys(generateSealingKeys());

test('a token always has the same fingerprint, and no other has it', () => {
  fc.assert(
    fc.property(aToken(200), aToken(200), (one, other) => {
      expect(fingerprint(one, keys) === fingerprint(other, keys)).toBe(one === other);
    }),
  );
});

test('it is 16 characters and shows nothing of the token', () => {
  fc.assert(
    fc.property(aToken(200), (token) => {
      expect(fingerprint(token, keys)).toMatch(/^[\w-]{16}$/);
    }),
  );
  expect(fingerprint('short', keys)).not.toContain('short');
});

test('without the key nobody can tell which token it names', () => {
  expect(fingerprint('token', keys)).not.toBe(fingerprint('token', others));
});

test('a body’s digest is no token’s fingerprint, even where the texts are the same', () => {
  expect(bodyDigest('token', keys)).not.toContain(fingerprint('token', keys));
  expect(bodyDigest('token', keys)).toBe(bodyDigest('token', keys));
  expect(bodyDigest('token', keys)).not.toBe(bodyDigest('token ', keys));
});

describe('a subject’s key', () => {
  test('is the same for the same person, and for no other, however it was typed', () => {
    expect(subjectKey('josé@example.com', keys)).toBe(subjectKey('jose\u0301@example.com', keys));
    expect(subjectKey('jane', keys)).not.toBe(subjectKey('Jane', keys));
    expect(subjectKey('jane', keys)).not.toBe(subjectKey(' jane', keys));
    expect(subjectKey('jane', keys)).not.toBe(subjectKey('jane', others));
  });

  test('shows nothing of the person, and is no fingerprint or digest of the same text', () => {
    expect(subjectKey('jane', keys)).toMatch(/^[\w-]{43}$/);
    expect(subjectKey('token', keys)).not.toContain(fingerprint('token', keys));
    expect(subjectKey('token', keys)).not.toBe(bodyDigest('token', keys));
  });
});
