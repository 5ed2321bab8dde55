import { CompactEncrypt } from 'jose';
import { expect, test } from 'vitest';
import { sealingKeys, sliceOf } from '../../test/support/slices.ts';
import { kidOf } from './kid.ts';

test('an envelope tells which key sealed it, without being opened', async () => {
  const { sealed } = await sliceOf(['token']);
  expect(kidOf(sealed)).toBe(sealingKeys.sealWith.kid);
});

test.each(['', 'text', 'a.sealed.envelope', '....', `${btoa('{"kid":7}')}....`])(
  'what is no envelope does not: %j',
  (text) => {
    expect(kidOf(text)).toBeUndefined();
  },
);

test('an envelope without a key id does not', async () => {
  const sealed = await new CompactEncrypt(new Uint8Array(1))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .encrypt(sealingKeys.sealWith.key);
  expect(kidOf(sealed)).toBeUndefined();
});
