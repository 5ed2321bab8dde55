import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JwtSender, startJwtSender } from '../../../test/support/jwt-sender.ts';
import { damaged, reasonOf, startKeyHost, webhookCall } from '../../../test/support/webhooks.ts';
import type { RefusalReason } from '../refusal.ts';
import type { Authenticated, Scheme } from '../scheme.ts';
import { createScheme } from './scheme.ts';

const issuer = 'https://idp.example.com/123456789/';
const audience = 'https://sp.example.com/caep';
const now = 1_800_000_000;

/** Claims to be changed, or left out. */
type Claims = { readonly [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };
const caep = 'https://schemas.openid.net/secevent/caep/event-type';
const risc = 'https://schemas.openid.net/secevent/risc/event-type';

/** As the examples of CAEP 1.0, section 3. */
const claims = {
  iss: issuer,
  jti: '24c63fb56e5a2d77a6b512616ca9fa24',
  iat: now - 30,
  aud: audience,
  txn: '8675309',
  sub_id: { format: 'iss_sub', iss: issuer, sub: 'jane.smith@example.com' },
  events: { [`${caep}/session-revoked`]: { event_timestamp: now - 60 } },
};

let transmitter: JwtSender;
let scheme: Scheme;
beforeAll(async () => {
  transmitter = await startJwtSender();
  const options = { issuer, audience, jwksUri: transmitter.keys.url, subjectIssuer: undefined };
  scheme = createScheme(options, transmitter.keys.send);
});
afterAll(() => transmitter[Symbol.asyncDispose]());

const typ = 'secevent+jwt';
const push = (body: string, type = 'application/secevent+jwt') =>
  webhookCall({ headers: { 'content-type': type }, body });
const authenticate = (call: ReturnType<typeof webhookCall>): Promise<Authenticated> =>
  Promise.resolve(scheme.authenticate(call, [], now));
const pushed = async (changed: Claims = {}, header: Record<string, string> = {}) =>
  authenticate(push(await transmitter.sign({ ...claims, ...changed }, { typ, ...header })));

describe('takes', () => {
  it('a session that was revoked', async () => {
    expect(await pushed()).toMatchObject({
      kind: 'authentic',
      delivery: {
        id: claims.jti,
        events: [
          {
            type: 'caep/session-revoked',
            data: {
              txn: '8675309',
              event: { event_timestamp: now - 60 },
              subject: { sub: ['jane.smith@example.com'] },
            },
          },
        ],
      },
    });
  });

  it.each([
    [`${caep}/credential-change`, 'caep/credential-change'],
    [`${risc}/account-disabled`, 'risc/account-disabled'],
    [`${risc}/account-purged`, 'risc/account-purged'],
    ['https://example.com/events/left', 'https://example.com/events/left'],
  ])('%s as %s', async (uri, type) => {
    expect(await pushed({ events: { [uri]: {} } })).toMatchObject({
      delivery: { events: [{ type }] },
    });
  });

  it('a subject in the event, as RISC has had it', async () => {
    const subject = { subject_type: 'iss-sub', iss: issuer, sub: '7375626A' };
    const events = { [`${risc}/account-disabled`]: { subject, reason: 'hijacking' } };
    expect(await pushed({ events, sub_id: undefined })).toMatchObject({
      delivery: { events: [{ data: { subject: { sub: ['7375626A'] } } }] },
    });
  });

  it.each(['verification', 'stream-updated'])('%s, which is no event of a person', async (name) => {
    const uri = `https://schemas.openid.net/secevent/ssf/event-type/${name}`;
    const taken = await pushed({
      sub_id: { format: 'opaque', id: 'stream-1' },
      events: { [uri]: {} },
    });
    expect(taken).toMatchObject({ kind: 'authentic', delivery: { events: [] } });
  });

  it('a key among others that are of no use here', async () => {
    const { keys } = JSON.parse(transmitter.keys.published);
    const odd = [{ kid: 'odd' }, { kty: 'AKP', kid: 'new', alg: 'ML-DSA-44', pub: 'AA' }, ...keys];
    await using host = await startKeyHost(JSON.stringify({ keys: odd }));
    const options = { issuer, audience, jwksUri: host.url, subjectIssuer: undefined };
    const call = push(await transmitter.sign(claims, { typ }));
    const taken = await createScheme(options, host.send).authenticate(call, [], now);
    expect(taken.kind).toBe('authentic');
  });

  it('a new key, as soon as it is published', async () => {
    await using other = await startJwtSender();
    const options = { issuer, audience, jwksUri: other.keys.url, subjectIssuer: undefined };
    const own = createScheme(options, other.keys.send);
    await other.rotate();
    const call = push(await other.sign(claims, { typ }));
    expect((await own.authenticate(call, [], now)).kind).toBe('authentic');
  });
});

describe('refuses', () => {
  it.each<[string, Claims, Record<string, string>, RefusalReason]>([
    ['another issuer', { iss: 'https://evil.example.com' }, {}, 'wrong-issuer'],
    ['another audience', { aud: 'https://other.example.com' }, {}, 'wrong-audience'],
    ['a token of the past', { iat: now - 8 * 86_400 }, {}, 'stale'],
    ['a token of the future', { iat: now + 3600 }, {}, 'stale'],
    ['one that has expired', { exp: now - 61 }, {}, 'stale'],
    ['no jti', { jti: undefined }, {}, 'malformed'],
    ['no iat', { iat: undefined }, {}, 'malformed'],
    ['no events', { events: {} }, {}, 'malformed'],
    [
      'events without end',
      { events: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`urn:${at}`, {}])) },
      {},
      'malformed',
    ],
    ['an ID token', {}, { typ: 'JWT' }, 'malformed'],
    ['an unknown key', {}, { kid: 'made-up' }, 'unknown-key'],
  ])('%s', async (_, changed, header, reason) => {
    expect(reasonOf(await pushed(changed, header))).toBe(reason);
  });

  it('what is not signed, or with the public key as a secret', async () => {
    const unsigned = new UnsecuredJWT(claims).encode();
    expect(reasonOf(await authenticate(push(unsigned)))).toBe('malformed');
    const [jwk] = JSON.parse(transmitter.keys.published).keys;
    const pem = createPublicKey({ key: jwk, format: 'jwk' });
    const secrets = [
      JSON.stringify(jwk),
      pem.export({ type: 'spki', format: 'pem' }),
      pem.export({ type: 'spki', format: 'der' }),
    ];
    for (const secret of secrets) {
      const symmetric = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1', typ })
        .sign(Buffer.from(secret));
      expect(reasonOf(await authenticate(push(symmetric)))).toBe('unknown-key');
    }
  });

  it('a key that the token brings along, and never asks for it', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'theirs', alg: 'ES256' };
    await using theirs = await startKeyHost(JSON.stringify({ keys: [jwk] }));
    for (const brought of [{ jwk }, { jku: theirs.url }, { x5u: theirs.url }]) {
      for (const kid of ['theirs', 'key-1']) {
        const token = await new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', typ, kid, ...brought })
          .sign(privateKey);
        expect((await authenticate(push(token))).kind).toBe('refused');
      }
    }
    expect(theirs.asked).toEqual([]);
  });

  it.each<[string, object]>([
    ['an unencoded payload', { b64: false, crit: ['b64'] }],
    ['what it does not know and must', { crit: ['exp'], exp: 0 }],
    ['nothing that must be known', { crit: [] }],
    ['an algorithm in other letters', { alg: 'es256' }],
    ['no algorithm', { alg: 'none' }],
    ['a header of any size', { padding: 'x'.repeat(16_384) }],
  ])('%s, however well it is signed', async (_, header) => {
    const parts = [{ alg: 'ES256', kid: 'key-1', typ, ...header }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const token = await transmitter.signBytes(parts.join('.'));
    expect((await authenticate(push(token))).kind).toBe('refused');
  });

  it('a published key that is too weak, without failing', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'weak', alg: 'RS256' };
    await using host = await startKeyHost(JSON.stringify({ keys: [jwk] }));
    const options = { issuer, audience, jwksUri: host.url, subjectIssuer: undefined };
    const parts = [{ alg: 'RS256', kid: 'weak', typ }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = sign('sha256', Buffer.from(parts.join('.')), privateKey);
    const call = push([...parts, signature.toString('base64url')].join('.'));
    const { authenticate } = createScheme(options, host.send);
    expect(reasonOf(await authenticate(call, [], now))).toBe('unknown-key');
  });

  it('another type of content', async () => {
    const token = await transmitter.sign(claims, { typ });
    expect(reasonOf(await authenticate(push(token, 'application/json')))).toBe('malformed');
  });

  it('whatever was damaged on its way', async () => {
    const call = push(await transmitter.sign(claims, { typ }));
    await fc.assert(
      fc.asyncProperty(damaged(call, []), async (other) => {
        expect((await authenticate(other)).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it.each<[RefusalReason, string]>([
    ['malformed', 'invalid_request'],
    ['unmapped', 'invalid_request'],
    ['unknown-key', 'invalid_key'],
    ['wrong-issuer', 'invalid_issuer'],
    ['wrong-audience', 'invalid_audience'],
    ['wrong-signature', 'authentication_failed'],
  ])('in the words of RFC 8935: %s is %s', (reason, err) => {
    const { statusCode, headers, body = '' } = scheme.refuse?.(reason) ?? {};
    expect(statusCode).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'content-language': 'en' });
    expect(JSON.parse(body)).toEqual({ err, description: expect.any(String) });
  });

  it('as any server would what the transmitter cannot help', () => {
    for (const reason of ['keys-unavailable', 'under-way', 'misconfigured'] as const) {
      expect(scheme.refuse?.(reason)).toBeUndefined();
    }
  });
});

it('answers 202 with nothing in it', () => {
  const taken = { events: new Set<number>(), revocations: ['rev_1'], unknownSubject: false };
  expect(scheme.accept?.({ id: 'x', events: [] }, taken)).toMatchObject({ statusCode: 202 });
  expect(scheme.accept?.({ id: 'x', events: [] }, taken).body).toBeUndefined();
});
