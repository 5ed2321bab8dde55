import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstHash, nextHash } from './chain.ts';

const id = `rev_${'0'.repeat(40)}`;

/** Pinned: reports of years ago are checked by these. */
test('the chain is what it has ever been', () => {
  const first = firstHash(id, ['ref', 'outcome']);
  expect(first).toBe('cfe3fcb01c28288185a7e04ca1456f4ea52134ca33cbd83ed260a328882e620e');
  expect(nextHash(first, ['Jörg "J" \u2028\n', 'revoked'])).toBe(
    '17da4b0876999109f0dacc67ad0a2913be713c3c8a647243d38caf824a9c8932',
  );
});

test('no two rows of text have the same hash', () => {
  const row = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 3 });
  fc.assert(
    fc.property(row, row, (one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other));
      expect(nextHash(id, one)).not.toBe(nextHash(id, other));
    }),
  );
});
