import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readKeySet, SealingKeysFault } from './key-set.ts';
import { parseSealingKeys } from './keys.ts';

const seed = 'A1'.repeat(32);
const secret = (change: object = {}) => JSON.stringify({ version: 1, seed, ...change });

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const aSeed = fc.string({ unit: fc.constantFrom(...letters), minLength: 64, maxLength: 64 });

describe('a seed', () => {
  // Computed apart from this code, by RFC 5869 with Python's hmac.
  test('stands for the same two keys for ever: what they sealed must open in years', () => {
    expect(readKeySet(secret())).toEqual({
      keys: [
        {
          kty: 'oct',
          use: 'enc',
          kid: 'enc-seed-57d96a22',
          k: 'N5IL8czuVMvZurTqwCUcsJPoiL9WfF5twodNzMNsrKo',
        },
        {
          kty: 'oct',
          use: 'sig',
          kid: 'sig-seed-57d96a22',
          k: 'dE4F6U_0Vmbmn2-qW9YSdW46Iyp8k4ny34xqOJt3SHM',
        },
      ],
    });
  });

  test('makes a usable set, whose keys nobody else’s seed makes', () => {
    fc.assert(
      fc.property(aSeed, aSeed, (one, other) => {
        fc.pre(one !== other);
        const [keys, others] = [one, other].map((text) => parseSealingKeys(secret({ seed: text })));
        expect(keys?.openWith.size).toBe(1);
        expect(keys?.sealWith.key).not.toEqual(keys?.fingerprintWith);
        expect(keys?.sealWith.key).not.toEqual(others?.sealWith.key);
        expect(keys?.fingerprintWith).not.toEqual(others?.fingerprintWith);
        expect(keys?.sealWith.kid).not.toContain(one.slice(0, 8));
      }),
    );
  });

  test.each([
    ['too short', { seed: seed.slice(1) }],
    ['of a version to come', { version: 2 }],
    ['with something beside it', { keys: [] }],
  ])('%s is none, and is not quoted', (_, change) => {
    expect(() => parseSealingKeys(secret(change))).toThrow(SealingKeysFault);
    expect(() => parseSealingKeys(secret(change))).not.toThrow(seed.slice(1));
  });
});
