import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aToken } from '../../test/support/arbitraries.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import { open } from '../sealing/envelope.ts';
import { SealFault } from '../sealing/jwe.ts';
import type { HeldGrant } from './grant.ts';
import { openGrant, sealGrant } from './seal-grant.ts';

const identity = { home: 'home', grantId: 'g', provider: 'polar' };
const held = (sealed: string, change = {}): HeldGrant => ({
  ...identity,
  state: 'held',
  sealed,
  tokens: {},
  members: ['home'],
  left: [],
  registeredBy: 'tester',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  version: '1',
  ...change,
});

test('opens to what was sealed', async () => {
  await fc.assert(
    fc.asyncProperty(aToken(300), aToken(300), async (accessToken, refreshToken) => {
      const secrets = { accessToken, refreshToken, parameters: { shop: 'a', n: 1 } };
      const sealed = await sealGrant(identity, secrets, sealingKeys);
      expect(await openGrant(held(sealed), sealingKeys)).toEqual(secrets);
    }),
    { numRuns: 30 },
  );
});

test.each([{ home: 'another' }, { grantId: 'h' }, { provider: 'mollie' }])(
  'opens as nothing else: %j',
  async (change) => {
    const sealed = await sealGrant(identity, { accessToken: 'token-4711' }, sealingKeys);
    const fault = await openGrant(held(sealed, change), sealingKeys).catch(
      (error: unknown) => error,
    );
    expect(fault).toEqual(new SealFault('tampered', 'the envelope was sealed for another grant'));
  },
);

test('a grant does not pass for a slice, nor the reverse', async () => {
  const sealed = await sealGrant(identity, { accessToken: 'token-4711' }, sealingKeys);
  const slice = { revocation: 'home', part: 0, slice: 0, provider: 'polar' };
  await expect(open(slice, sealed, sealingKeys)).rejects.toBeInstanceOf(SealFault);
});
