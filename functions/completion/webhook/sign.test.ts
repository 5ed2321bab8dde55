import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { describe, expect, test } from 'vitest';
import { signedHeaders, signingSecretProblem } from './sign.ts';

const secretOf = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;
const message = () => ({
  id: 'rev_1-0',
  timestamp: Math.floor(Date.now() / 1000),
  body: '{"type":"revocation.completed","data":{"label":"ä"}}',
});

describe('what is signed', () => {
  test.each([1, 2, 3])('is taken by the reference library with each of %i secrets', (count) => {
    const secrets = Array.from({ length: count }, () => secretOf());
    const given = message();
    const headers = { ...signedHeaders(given, secrets) };
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(given.body, headers)).toEqual(JSON.parse(given.body));
      // Svix's own tells by what it throws.
      new Svix(secret).verify(given.body, headers);
    }
    expect(() => new Svix(secretOf()).verify(given.body, headers)).toThrow();
    expect(() => new Webhook(secretOf()).verify(given.body, headers)).toThrow();
    expect(() => new Webhook(secrets[0] ?? '').verify(`${given.body} `, headers)).toThrow();
  });
});

describe('a secret', () => {
  test.each(['', 'whsec_', 'whsec_AAAA', secretOf(23), `${secretOf()}=`, `sk_${secretOf()}`])(
    '%j is refused',
    (secret) => expect(signingSecretProblem(secret)).toContain('whsec_'),
  );

  test.each([24, 25, 26, 64])('of %i bytes is good', (bytes) => {
    expect(signingSecretProblem(secretOf(bytes))).toBeUndefined();
  });
});
