import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { firstHash, reportFormat } from './chain.ts';
import { columns } from './columns.ts';
import { createSigner, generateReportSeed, ReportKeyFault } from './signer.ts';
import type { Statement } from './statement.ts';

const hash = firstHash('rev_1', columns);
const aStatement: Statement = {
  format: reportFormat,
  iat: 1_800_000_000,
  began: '2027-01-15T08:00:00.000Z',
  revocation: { id: 'rev_1', requestedBy: 'jwt:jörg', createdAt: '2027-01-15T08:00:00.000Z' },
  columns: [...columns],
  rowsBefore: 0,
  rows: 0,
  chain: { from: hash, to: hash },
  tally: {
    queued: 0,
    revoked: 0,
    already_invalid: 0,
    unsupported: 0,
    parked: 0,
    abandoned: 0,
    expired: 0,
  },
  last: true,
};

const secret = (seed: string, rest: object = {}) => JSON.stringify({ version: 1, seed, ...rest });
const seeds = ['a'.repeat(64), 'b'.repeat(64)] as const;

/** Pinned: whoever has kept the public key checks by it for years. */
test('a seed makes the key that it has ever made', async () => {
  const { keys } = await createSigner(secret(seeds[0]));
  expect(keys.keys).toEqual([
    {
      kty: 'OKP',
      crv: 'Ed25519',
      x: 'bDB-T9vXGbd8ipKhWOH0VEQcCFOY77VNCNCdDugCkns',
      kid: 'xapppCsUgvojKSNPYNDEFr_DBFNY1SJ2jlLdQCnIjp0',
      use: 'sig',
      alg: 'EdDSA',
    },
  ]);
});

test('what is signed is checked by Node alone', async () => {
  const { keys, sign } = await createSigner(generateReportSeed());
  const [header = '', payload = '', signature = ''] = (await sign(aStatement)).split('.');
  const text = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  const [jwk] = keys.keys;
  expect(text(header)).toEqual({ alg: 'EdDSA', typ: 'rescind-report+jws', kid: jwk?.kid });
  expect(text(payload)).toEqual(aStatement);
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' });
  const signed = (body: string) =>
    verify(null, Buffer.from(`${header}.${body}`), key, Buffer.from(signature, 'base64url'));
  expect(signed(payload)).toBe(true);
  expect(signed(`${payload.slice(0, -1)}A`)).toBe(false);
});

describe('another seed', () => {
  test('makes another key, and another one for cursors', async () => {
    const [one, other] = await Promise.all(seeds.map((seed) => createSigner(secret(seed))));
    expect(one?.keys.keys[0]?.kid).not.toBe(other?.keys.keys[0]?.kid);
    expect(one?.cursorKey).not.toEqual(other?.cursorKey);
  });

  test('publishes the keys of those before it, its own first', async () => {
    const before = await createSigner(secret(seeds[0]));
    const { keys } = await createSigner(secret(seeds[1], { earlier: before.keys.keys }));
    expect(keys.keys).toHaveLength(2);
    expect(keys.keys[1]).toEqual(before.keys.keys[0]);
  });

  test('that was there before publishes its own key once', async () => {
    const before = await createSigner(secret(seeds[0]));
    const again = await createSigner(secret(seeds[0], { earlier: before.keys.keys }));
    expect(again.keys).toEqual(before.keys);
  });
});

describe('a secret that is not valid', () => {
  const key = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: 'A'.repeat(43),
    kid: 'k',
    use: 'sig',
    alg: 'EdDSA',
  } as const;

  test.each([
    ['is no JSON', 'hunter2', 'it is not JSON'],
    ['is of another version', secret(seeds[0]).replace('1', '2'), 'version'],
    ['has a short seed', secret('hunter2'), 'seed'],
    ['has a field too many', secret(seeds[0], { hunter2: 1 }), 'has a field that is not known'],
    ['has a private key', secret(seeds[0], { earlier: [{ ...key, d: 'hunter2' }] }), 'earlier.0'],
    ['has a misnamed key', secret(seeds[0], { earlier: [key] }), 'thumbprint'],
  ])('%s', async (_, text, said) => {
    const fault = await createSigner(text).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ReportKeyFault);
    expect(String(fault)).toContain(said);
    expect(String(fault)).not.toContain('hunter2');
  });
});
