import { expect, test } from 'vitest';
import { sealingKeys } from '../../test/support/slices.ts';
import { newRevocationId } from '../domain/revocation.ts';
import { sliceMessage } from '../domain/slice.ts';
import { open } from './envelope.ts';
import { sealSlice } from './seal-slice.ts';

const secret = {
  token: 'polar_at_u_secret',
  subject: 'jane@example.com',
  parameters: { shop: 'shop.example' },
};

test('shows what the ledger must show, and seals all the rest', async () => {
  // Prepare
  const identity = { revocation: newRevocationId(), part: 2, slice: 7, provider: 'polar' };
  const shown = {
    index: 3,
    ref: 'user-4711',
    fingerprint: 'abcdefghijklmnop',
    tokenType: 'access_token' as const,
    expiresAt: 1_800_003_600,
    after: 4,
  };

  // Act
  const message = await sealSlice(
    { ...identity, jobs: [{ ...secret, ...shown, provider: 'polar' }] },
    sealingKeys,
    1_800_000_000,
  );

  // Assess
  expect(sliceMessage.parse(message)).toEqual({
    v: 2,
    ...identity,
    redrives: 0,
    acceptedAt: 1_800_000_000,
    jobs: [shown],
    sealed: message.sealed,
  });
  expect(await open(identity, message.sealed, sealingKeys)).toEqual([
    { index: 3, tokenType: 'access_token', ...secret },
  ]);
});
