import { generateKeyPairSync } from 'node:crypto';
import { decodeProtectedHeader, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, test } from 'vitest';
import { SecretFault } from '../faults.ts';
import { clientAuthentication } from './authentication.ts';
import { type Options, options as optionsSchema, type Secret } from './options.ts';

const authenticate = async (given: Partial<Options>, secret: Secret) => {
  const options = optionsSchema.parse(given);
  const authentication = await clientAuthentication({ id: 'p', options, secret });
  const body = new URLSearchParams();
  const headers = new Headers();
  await authentication({ issuer: 'https://as.example' }, { client_id: 'c' }, body, headers);
  return { body, headers };
};

const keys = (alg: string) => generateKeyPair(alg, { extractable: true });

test.each(['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const)(
  '%s says which part of the secret is missing',
  async (clientAuth) => {
    await expect(authenticate({ clientAuth }, { clientId: 'c' })).rejects.toThrow(
      /^the secret of provider p: (clientSecret|privateKey) is needed for clientAuth /,
    );
  },
);

test('none needs a client id alone', async () => {
  const { body, headers } = await authenticate({ clientAuth: 'none' }, { clientId: 'c' });
  expect(body.toString()).toBe('client_id=c');
  expect([...headers]).toEqual([]);
});

describe('private_key_jwt', () => {
  const clientAuth = 'private_key_jwt';

  test.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA', 'Ed25519'] as const)(
    'signs %s with a JWK that names it, and with a PEM and the option',
    async (alg) => {
      const { privateKey, publicKey } = await keys(alg);
      const jwk = { ...(await exportJWK(privateKey)), alg, kid: 'of-the-jwk' };
      const pem = await exportPKCS8(privateKey);
      const answers = [
        await authenticate({ clientAuth }, { clientId: 'c', privateKey: jwk }),
        await authenticate(
          { clientAuth, signingAlgorithm: alg },
          { clientId: 'c', privateKey: pem, keyId: 'of-the-jwk' },
        ),
      ];
      for (const { body, headers } of answers) {
        expect([...headers]).toEqual([]);
        expect([...body.keys()]).toEqual([
          'client_id',
          'client_assertion_type',
          'client_assertion',
        ]);
        const assertion = body.get('client_assertion') ?? '';
        expect(decodeProtectedHeader(assertion)).toEqual({ alg, kid: 'of-the-jwk' });
        await jwtVerify(assertion, publicKey, {
          issuer: 'c',
          subject: 'c',
          audience: 'https://as.example',
          requiredClaims: ['jti', 'exp', 'iat'],
        });
      }
    },
  );

  test('takes RS256 where nothing names an algorithm, and keyId over the JWK’s kid', async () => {
    const privateKey = { ...(await exportJWK((await keys('RS256')).privateKey)), kid: 'old' };
    const { body } = await authenticate(
      { clientAuth },
      { clientId: 'c', privateKey, keyId: 'new' },
    );
    expect(decodeProtectedHeader(body.get('client_assertion') ?? '')).toEqual({
      alg: 'RS256',
      kid: 'new',
    });
  });

  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const rsaJwk = rsa.privateKey.export({ format: 'jwk' });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });

  test.each<[string, Secret['privateKey']]>([
    ['no key', 'hunter2'],
    ['a broken PEM', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----'],
    ['a public key', rsa.publicKey.export({ format: 'jwk' })],
    ['a symmetric key', { kty: 'oct', k: 'aHVudGVyMg' }],
    ['a key of another algorithm', ec.privateKey.export({ format: 'jwk' })],
    ['an encryption key', { ...rsaJwk, alg: 'RSA-OAEP' }],
    ['a key not meant to sign', { ...rsaJwk, key_ops: [] }],
    [
      'a key too short to sign',
      short.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ],
  ])('refuses %s without quoting it', async (_, privateKey) => {
    const fault = await authenticate({ clientAuth }, { clientId: 'c', privateKey }).catch(
      (error: unknown) => error,
    );
    expect(fault).toBeInstanceOf(SecretFault);
    expect(fault).toHaveProperty('message', expect.stringContaining('privateKey cannot sign'));
    expect(fault).not.toHaveProperty('cause');
    expect(String(fault)).not.toMatch(/hunter2|aHVudGVyMg/);
  });
});
