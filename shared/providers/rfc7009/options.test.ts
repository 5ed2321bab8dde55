import { describe, expect, test } from 'vitest';
import { endpointProblem, options, secret } from './options.ts';

test('defaults to client_secret_basic, without hints', () => {
  expect(options.parse({})).toEqual({
    clientAuth: 'client_secret_basic',
    sendTokenTypeHint: false,
  });
});

test('knows no other options', () => {
  expect(options.safeParse({ revocation_endpoint: 'https://a.example' }).success).toBe(false);
});

describe('an endpoint', () => {
  test.each(['https://a.example/r', 'https://a.example/r?b=c', 'http://[::1]:80/r'])(
    'may be %s',
    (url) => {
      expect(endpointProblem(url)).toBeUndefined();
      expect(options.safeParse({ revocationEndpoint: url }).success).toBe(true);
    },
  );

  test.each(['/r', '/r/s?b=c', '/'])('may be the path %s', (path) => {
    expect(options.safeParse({ introspectionEndpoint: path }).success).toBe(true);
  });

  test.each([
    'http://a.example/r',
    'ftp://a.example/r',
    'https://u:p@a.example/r',
    'https://a.example/r#',
    'https://a.example/r?b#c',
    '/r#c',
    '//a.example/r',
    '/\\a.example/r',
    'r',
    '',
  ])('may not be %s', (value) => {
    expect(options.safeParse({ revocationEndpoint: value }).success).toBe(false);
  });
});

describe('a secret', () => {
  test('needs a client id, and only what the client’s method needs besides', () => {
    expect(secret.safeParse({ clientId: 'c' }).success).toBe(true);
    expect(secret.safeParse({ clientSecret: 's' }).success).toBe(false);
    expect(secret.safeParse({ clientId: 'c', clientSecret: '' }).success).toBe(false);
  });

  test('may hold a key as PEM or JWK', () => {
    expect(secret.safeParse({ clientId: 'c', privateKey: '-----BEGIN' }).success).toBe(true);
    expect(secret.safeParse({ clientId: 'c', privateKey: { kty: 'EC' } }).success).toBe(true);
    expect(secret.safeParse({ clientId: 'c', privateKey: { d: 'hunter2' } }).success).toBe(false);
    expect(secret.safeParse({ clientId: 'c', privateKey: null }).success).toBe(false);
  });
});
