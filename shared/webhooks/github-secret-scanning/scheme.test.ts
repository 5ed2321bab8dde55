import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  damaged,
  type KeyHost,
  reasonOf,
  startKeyHost,
  webhookCall,
} from '../../../test/support/webhooks.ts';
import type { Scheme } from '../scheme.ts';
import { createScheme } from './scheme.ts';

/**
 * Body, signature and key as GitHub has signed them itself: samples of its documentation, of which the
 * key was published at https://api.github.com/meta/public_keys/secret_scanning at that time.
 */
const sample = {
  body: '[{"token":"some_token","type":"some_type","url":"some_url"}]',
  keyId: '90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a',
  signature:
    'MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=',
  key: [
    '-----BEGIN PUBLIC KEY-----',
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq',
    'kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==',
    '-----END PUBLIC KEY-----',
  ].join('\n'),
};

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pemOf = (key: typeof pair.publicKey) =>
  key.export({ type: 'spki', format: 'pem' }).toString();
const listOf = (keys: Record<string, string>) =>
  JSON.stringify({
    public_keys: Object.entries(keys).map(([key_identifier, key]) => ({
      key_identifier,
      key,
      is_current: true,
    })),
  });

let host: KeyHost;
let scheme: Scheme;
beforeAll(async () => {
  host = await startKeyHost(listOf({ [sample.keyId]: sample.key, ours: pemOf(pair.publicKey) }));
  scheme = createScheme({ keysUrl: host.url, feedback: true }, host.send);
});
afterAll(() => host[Symbol.asyncDispose]());

const callWith = (keyId: string, signature: string, body: string) =>
  webhookCall({
    headers: {
      'github-public-key-identifier': keyId,
      'github-public-key-signature': signature,
    },
    body,
  });
const signed = (body: string) =>
  callWith('ours', sign('sha256', Buffer.from(body), pair.privateKey).toString('base64'), body);
const authenticate = (call: ReturnType<typeof webhookCall>) =>
  Promise.resolve(scheme.authenticate(call, [], 0));

it('takes what GitHub has signed', async () => {
  const call = callWith(sample.keyId, sample.signature, sample.body);
  expect(await authenticate(call)).toEqual({
    kind: 'authentic',
    delivery: {
      id: createHash('sha256').update(sample.body).digest('hex'),
      events: [{ type: 'some_type', data: JSON.parse(sample.body)[0] }],
    },
  });
});

it('takes a call although its key stands among others that are of no use here', async () => {
  const { publicKey } = generateKeyPairSync('ed25519');
  const list = JSON.parse(listOf({ other: pemOf(publicKey), ours: pemOf(pair.publicKey) }));
  list.public_keys.push({ key_identifier: 'new' }, { key_identifier: 'broken', key: 'PEM' });
  await using other = await startKeyHost(JSON.stringify(list));
  const among = createScheme({ keysUrl: other.url, feedback: false }, other.send);
  const call = signed('[{"token":"t","type":"some_type"}]');
  expect(reasonOf(await among.authenticate(call, [], 0))).toBeUndefined();
});

it('asks for the keys once, and for an unknown one not more than that within a minute', async () => {
  const signature = sign('sha256', Buffer.from('[]'), pair.privateKey).toString('base64');
  for (const keyId of ['made-up', 'another', 'ours'])
    await authenticate(callWith(keyId, signature, '[]'));
  expect(host.asked).toHaveLength(1);
});

describe('refuses', () => {
  const alert = '[{"token":"t","type":"some_type"}]';
  it.each([
    ['no signature', webhookCall({ body: alert }), 'unsigned'],
    ['Base64 that is none', callWith('ours', 'MEUC!', alert), 'unsigned'],
    ['an unknown key', callWith('made-up', sample.signature, sample.body), 'unknown-key'],
    ['another key', callWith('ours', sample.signature, sample.body), 'wrong-signature'],
    ['no list', signed('{}'), 'malformed'],
    ['an empty one', signed('[]'), 'malformed'],
    ['a match without a token', signed('[{"type":"some_type"}]'), 'malformed'],
  ])('%s', async (_, call, reason) => {
    expect(reasonOf(await authenticate(call))).toBe(reason);
  });

  it('whatever was damaged on its way', async () => {
    const names = ['github-public-key-identifier', 'github-public-key-signature'];
    await fc.assert(
      fc.asyncProperty(damaged(signed(alert), names), async (call) => {
        expect((await authenticate(call)).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('everything as long as there are no keys of the right kind', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    await using other = await startKeyHost(listOf({ ours: pemOf(publicKey) }));
    const without = createScheme({ keysUrl: other.url, feedback: false }, other.send);
    expect(reasonOf(await without.authenticate(signed(alert), [], 0))).toBe('keys-unavailable');
  });
});

describe('the answer', () => {
  const events = ['ours', 'theirs'].map((type) => ({ type, data: { token: `t-${type}`, type } }));
  const delivery = { id: 'x', events };
  const taken = { events: new Set([0]), revocations: [], unknownSubject: false };

  it('labels what is being revoked, by its hash', () => {
    const { statusCode, body = '' } = scheme.accept?.(delivery, taken) ?? {};
    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual([
      {
        token_hash: createHash('sha256').update('t-ours').digest('hex'),
        token_type: 'ours',
        label: 'true_positive',
      },
    ]);
    expect(body).not.toContain('t-ours');
  });

  it('labels nothing unless so configured', () => {
    const silent = createScheme({ keysUrl: host.url, feedback: false }, host.send);
    expect(silent.accept?.(delivery, taken).body).toBe('[]');
  });
});
