import fc from 'fast-check';
import { CompactEncrypt } from 'jose';
import { describe, expect, test } from 'vitest';
import { aJob } from '../../test/support/arbitraries.ts';
import { newRevocationId } from '../domain/revocation.ts';
import type { SliceIdentity } from '../domain/slice.ts';
import { open, SealFault, seal } from './envelope.ts';
import { generateSealingKeys, parseSealingKeys, type SealingKeys } from './keys.ts';

const keys = parseSealingKeys(generateSealingKeys());

const revocations = [newRevocationId(), newRevocationId()];
const anIdentity: fc.Arbitrary<SliceIdentity> = fc.record({
  revocation: fc.constantFrom(...revocations),
  part: fc.nat(3),
  slice: fc.nat(3),
  provider: fc.constantFrom('polar', 'polar-sandbox', 'mollie'),
});
const someJobs = fc
  .array(aJob(300), { minLength: 1, maxLength: 3 })
  .map((jobs) =>
    jobs.map(({ ref: _, ...job }, index) => ({ index, ...JSON.parse(JSON.stringify(job)) })),
  );

/** What opening comes to: the jobs, or why not. */
const opening = (identity: SliceIdentity, sealed: string, by: SealingKeys = keys) =>
  open(identity, sealed, by).catch((error: unknown) => {
    if (error instanceof SealFault) return error.code;
    throw error;
  });

test('opens to what was sealed', async () => {
  await fc.assert(
    fc.asyncProperty(anIdentity, someJobs, async (identity, jobs) => {
      expect(await open(identity, await seal(identity, jobs, keys), keys)).toEqual(jobs);
    }),
  );
});

test('shows no token, and looks different each time', async () => {
  const identity = { revocation: 'rev_1', part: 0, slice: 0, provider: 'polar' };
  const token = 'polar_at_u_0123456789abcdef';
  const [one, other] = await Promise.all([
    seal(identity, [{ index: 0, token }], keys),
    seal(identity, [{ index: 0, token }], keys),
  ]);
  expect(one).not.toBe(other);
  for (const part of one.split('.')) {
    expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain(token);
  }
});

test('opens as no other slice', async () => {
  await fc.assert(
    fc.asyncProperty(anIdentity, anIdentity, async (identity, other) => {
      fc.pre(JSON.stringify(identity) !== JSON.stringify(other));
      const sealed = await seal(identity, [{ index: 0, token: 'secret' }], keys);
      expect(await opening(other, sealed)).toBe('tampered');
    }),
  );
});

describe('an altered envelope stays shut', () => {
  const identity = { revocation: 'rev_1', part: 0, slice: 0, provider: 'polar' };
  const bytesOf = (sealed: string) =>
    sealed.split('.').map((part) => [...Buffer.from(part, 'base64url')]);

  test('with any bit of any byte turned', async () => {
    const sealed = await seal(identity, [{ index: 0, token: 'secret' }], keys);
    const places = bytesOf(sealed).flatMap((part, at) => part.map((_, byte) => ({ at, byte })));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.integer({ min: 0, max: 7 }),
        async ({ at, byte }, bit) => {
          const parts = bytesOf(sealed);
          const part = parts[at] ?? [];
          part[byte] = (part[byte] ?? 0) ^ (1 << bit);
          const altered = parts.map((bytes) => Buffer.from(bytes).toString('base64url')).join('.');
          expect(await opening(identity, altered)).toMatch(/^(tampered|unknown_key)$/);
        },
      ),
    );
  });

  test.each([
    ['cut short', (sealed: string) => sealed.slice(0, -8)],
    ['with a part too many', (sealed: string) => `${sealed}.AAAA`],
    ['with an encrypted key', (sealed: string) => sealed.replace('..', '.AAAA.')],
    ['empty', () => ''],
    ['of dots', () => '....'],
  ])('%s', async (_, alter) => {
    const sealed = await seal(identity, [{ index: 0, token: 'secret' }], keys);
    expect(await opening(identity, alter(sealed))).toBe('tampered');
  });

  test('whatever text stands in its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        expect(await opening(identity, text)).toBe('tampered');
      }),
    );
  });

  test('and so does one that holds something else, quoting none of it', async () => {
    const { kid, key } = keys.sealWith;
    const header = { alg: 'dir', enc: 'A256GCM', kid, slice: 'rev_1/0/0/polar' };
    const sealed = await new CompactEncrypt(new TextEncoder().encode('secret, but not jobs'))
      .setProtectedHeader(header)
      .encrypt(key);
    const fault = await open(identity, sealed, keys).catch((error: unknown) => error);
    expect(fault).toEqual(new SealFault('tampered', 'the envelope does not open with its key'));
    expect(fault).not.toHaveProperty('cause');
  });
});

describe('keys', () => {
  const identity = { revocation: 'rev_1', part: 0, slice: 0, provider: 'polar' };

  test('a key that is not in the set is told apart, since the set may be an old copy', async () => {
    const sealed = await seal(identity, [{ index: 0, token: 'secret' }], keys);
    const others = parseSealingKeys(generateSealingKeys());
    expect(await opening(identity, sealed, others)).toBe('unknown_key');
  });

  test('another key under the same name does not open it', async () => {
    const sealed = await seal(identity, [{ index: 0, token: 'secret' }], keys);
    const key = crypto.getRandomValues(new Uint8Array(32));
    const openWith = new Map([[keys.sealWith.kid, key]]);
    expect(await opening(identity, sealed, { ...keys, openWith })).toBe('tampered');
  });

  test('what an old key sealed opens after a rotation', async () => {
    // Prepare: the new key comes first, so that it seals.
    const before = generateSealingKeys(new Date('2026-01-01'));
    const added = generateSealingKeys(new Date('2026-06-01'));
    const rotated = parseSealingKeys(
      JSON.stringify({ keys: [...JSON.parse(added).keys, ...JSON.parse(before).keys] }),
    );
    const jobs = [{ index: 0, token: 'secret' }];

    // Act
    const old = await seal(identity, jobs, parseSealingKeys(before));
    const fresh = await seal(identity, jobs, rotated);

    // Assess
    expect(await opening(identity, old, rotated)).toEqual(jobs);
    expect(await opening(identity, fresh, rotated)).toEqual(jobs);
    expect(await opening(identity, fresh, parseSealingKeys(before))).toBe('unknown_key');
  });
});
