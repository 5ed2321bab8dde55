import { base64url } from 'jose';
import { describe, expect, test } from 'vitest';
import { generateSealingKeys, parseSealingKeys, SealingKeysFault } from './keys.ts';

const k = (fill: number, length = 32) => base64url.encode(new Uint8Array(length).fill(fill));
const enc = { kty: 'oct', use: 'enc', kid: 'enc-1', k: k(1) };
const sig = { kty: 'oct', use: 'sig', kid: 'sig-1', k: k(2) };
const set = (...keys: object[]) => JSON.stringify({ keys });

test('a generated set is usable, and another each time', () => {
  const [one, other] = [generateSealingKeys(), generateSealingKeys()];
  expect(one).not.toBe(other);
  expect(parseSealingKeys(one).openWith.size).toBe(1);
});

test('the first enc key seals, all of them open, and the sig key makes fingerprints', () => {
  const keys = parseSealingKeys(set({ ...enc, kid: 'new', k: k(3) }, enc, sig));
  expect(keys.sealWith).toEqual({ kid: 'new', key: new Uint8Array(32).fill(3) });
  expect([...keys.openWith.keys()]).toEqual(['new', 'enc-1']);
  expect(keys.fingerprintWith).toEqual(new Uint8Array(32).fill(2));
});

test('a second sig key changes no fingerprint', () => {
  const keys = parseSealingKeys(set(enc, sig, { ...sig, kid: 'sig-2', k: k(9) }));
  expect(keys.fingerprintWith).toEqual(new Uint8Array(32).fill(2));
});

describe('a secret that is no such set says why, quoting none of it', () => {
  test.each([
    ['not JSON', `{"keys": "${enc.k}`, /not JSON/],
    ['another shape', JSON.stringify([enc, sig]), /JWK set/],
    ['an asymmetric key', set({ ...enc, kty: 'RSA' }, sig), /JWK set/],
    ['a key without kid', set({ ...enc, kid: undefined }, sig), /JWK set/],
    ['a key without use', set({ ...enc, use: undefined }, sig), /JWK set/],
    ['a short key', set({ ...enc, k: k(1, 16) }, sig), /enc-1 is not 256 bits long/],
    ['a key that is not base64url', set({ ...enc, k: '***' }, sig), /JWK set/],
    ['a key cut in the middle of a byte', set({ ...enc, k: k(1).slice(0, -2) }, sig), /JWK set/],
    ['two keys of one name', set(enc, { ...enc, k: k(7) }, sig), /two sealing keys.*enc-1/],
    ['no enc key', set(sig), /"enc"/],
    ['no sig key', set(enc), /"sig"/],
  ])('%s', (_, secret, message) => {
    expect(() => parseSealingKeys(secret)).toThrow(message);
    expect(() => parseSealingKeys(secret)).toThrow(SealingKeysFault);
    expect(() => parseSealingKeys(secret)).not.toThrow(enc.k);
  });
});
