import fc from 'fast-check';
import type { JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JwtSender, startJwtSender } from '../../../test/support/jwt-sender.ts';
import { damaged, reasonOf, webhookCall } from '../../../test/support/webhooks.ts';
import type { RefusalReason } from '../refusal.ts';
import type { Authenticated, Call, Scheme } from '../scheme.ts';
import { createScheme } from './scheme.ts';

const issuer = 'https://idp.example.com';
const audience = 'https://rescind.example.com/v1/webhooks/okta';
const now = 1_800_000_000;

/** Claims to be changed, or left out. */
type Claims = { readonly [Claim in keyof JWTPayload]?: JWTPayload[Claim] | undefined };
const secret = 'f5641763544a7b24b08e4f74045f5641763544a7';
const email = '{"sub_id":{"format":"email","email":"user@example.com"}}';
const claims = { iss: issuer, aud: audience, jti: 'jti-1', iat: now, exp: now + 300 };
const typ = 'global-token-revocation+jwt';

let caller: JwtSender;
let byJwt: Scheme;
const byBearer = createScheme({ auth: 'bearer', subjectIssuer: issuer }, () => {
  throw new Error('nothing to fetch');
});
beforeAll(async () => {
  caller = await startJwtSender();
  const jwksUri = caller.keys.url;
  const options = {
    auth: 'jwt',
    issuer,
    audience,
    jwksUri,
    typ,
    subjectIssuer: undefined,
  } as const;
  byJwt = createScheme(options, caller.keys.send);
});
afterAll(() => caller[Symbol.asyncDispose]());

const bearing = (token: string, body = email) =>
  webhookCall({ headers: { authorization: `Bearer ${token}` }, body });
const ask = (scheme: Scheme, call: Call): Promise<Authenticated> =>
  Promise.resolve(
    scheme.authenticate(call, ['another secret altogether, of 44 characters', secret], now),
  );
const askWith = async (changed: Claims = {}, body = email, header = {}) =>
  ask(byJwt, bearing(await caller.sign({ ...claims, ...changed }, { typ, ...header }), body));

describe('takes', () => {
  // The examples of the draft, section 3.2.
  it.each([
    [email, { email: ['user@example.com'] }],
    [
      '{"sub_id":{"format":"opaque","id":"e193177dfdc52e3dd03f78c"}}',
      { id: ['e193177dfdc52e3dd03f78c'] },
    ],
    [`{"sub_id":{"format":"iss_sub","iss":"${issuer}","sub":"af19c476"}}`, { sub: ['af19c476'] }],
    ['{"subject":{"format":"email","email":"user@example.com"}}', { email: ['user@example.com'] }],
  ])('%s', async (body, subject) => {
    const event = { type: 'global-token-revocation', data: { subject } };
    const delivery = { events: [event] };
    expect(await ask(byBearer, bearing(secret, body))).toMatchObject({ delivery });
    expect(await askWith({}, body)).toMatchObject({ delivery });
  });

  it('one token for several people, each of them as another delivery', async () => {
    const other = email.replace('user', 'other');
    const ids = await Promise.all(
      [email, other, email].map(async (body) => {
        const taken = await askWith({}, body);
        return taken.kind === 'authentic' ? taken.delivery.id : taken.reason;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('a second request for the same person where nothing tells it from a repetition', async () => {
    expect(await ask(byBearer, bearing(secret))).toMatchObject({ delivery: { id: undefined } });
  });
});

describe('refuses', () => {
  it.each<[string, Claims, object, RefusalReason]>([
    ['another issuer', { iss: 'https://evil.example.com' }, {}, 'wrong-issuer'],
    ['another audience', { aud: 'https://other.example.com' }, {}, 'wrong-audience'],
    ['an expired token', { exp: now - 61 }, {}, 'stale'],
    ['a token for ever', { exp: undefined }, {}, 'unsigned'],
    ['a token without an id', { jti: undefined }, {}, 'unsigned'],
    ['an id that is none', { jti: JSON.parse('{"toString":"x"}') }, {}, 'unsigned'],
    ['another type of token', {}, { typ: 'at+jwt' }, 'unsigned'],
    ['an unknown key', {}, { kid: 'made-up' }, 'unknown-key'],
  ])('%s', async (_, changed, header, reason) => {
    expect(reasonOf(await askWith(changed, email, header))).toBe(reason);
  });

  it.each([
    '',
    '[]',
    '{}',
    '{"sub_id":"jane"}',
    '{"sub_id":{"format":"unheard_of","name":"jane"}}',
    '{"sub_id":{"format":"email","email":"a@b.c"},"subject":{"format":"email","email":"d@e.f"}}',
  ])('the body %s', async (body) => {
    expect(reasonOf(await ask(byBearer, bearing(secret, body)))).toBe('malformed');
  });

  it('what a proxy has made of two Authorization headers', async () => {
    expect(reasonOf(await ask(byBearer, bearing(`wrong, Bearer ${secret}`)))).toBe('unsigned');
    expect(reasonOf(await ask(byBearer, bearing(`${secret},Bearer ${secret}`)))).toBe('unsigned');
  });

  it('a wrong secret, and none', async () => {
    expect(reasonOf(await ask(byBearer, bearing('wrong')))).toBe('wrong-signature');
    expect(reasonOf(await ask(byBearer, webhookCall({ body: email })))).toBe('unsigned');
  });

  it('whatever was damaged on its way', async () => {
    for (const [scheme, token] of [
      [byBearer, secret],
      [byJwt, await caller.sign(claims, { typ })],
    ] as const) {
      const call = webhookCall({ headers: { token }, body: email });
      await fc.assert(
        fc.asyncProperty(damaged(call, ['token']), async ({ headers }) => {
          fc.pre(headers.token !== token);
          const { kind } = await ask(scheme, bearing(headers.token ?? ''));
          expect(kind).toBe('refused');
        }),
        { numRuns: 300 },
      );
    }
  });

  it('a secret that could be guessed', () => {
    expect(byBearer.secretProblem?.('short')).toContain('32');
    expect(byBearer.secretProblem?.(secret)).toBeUndefined();
  });
});

describe('answers', () => {
  const delivery = { id: undefined, events: [] };
  const taken = { events: new Set([0]), revocations: ['rev_1'], unknownSubject: false };
  it('204 when revocation has begun, and 404 for somebody unknown', () => {
    expect(byJwt.accept?.(delivery, taken)).toMatchObject({ statusCode: 204 });
    expect(byJwt.accept?.(delivery, { ...taken, unknownSubject: true })).toMatchObject({
      statusCode: 404,
    });
  });
});
