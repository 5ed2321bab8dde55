import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newRevocationId } from '../domain/revocation.ts';
import { ledgerKey, ledgerListingKey, partKey, sliceKey, slicePrefix } from './keys.ts';

const number = fc.nat(999_999);
const revocation = newRevocationId();

const compared = (one: string, other: string) =>
  Math.sign(Buffer.compare(Buffer.from(one), Buffer.from(other)));

describe('keys sort as their numbers do', () => {
  test.each([
    ['slices', sliceKey],
    ['ledger entries', ledgerKey],
  ] as const)('%s', (_, key) => {
    fc.assert(
      fc.property(number, number, number, number, (part, slice, otherPart, otherSlice) => {
        const one = key({ revocation, part, slice });
        const other = key({ revocation, part: otherPart, slice: otherSlice });
        expect(one.pk).toBe(other.pk);
        expect(compared(one.sk, other.sk)).toBe(
          Math.sign(part - otherPart) || Math.sign(slice - otherSlice),
        );
      }),
    );
  });

  test('parts', () => {
    fc.assert(
      fc.property(number, number, (one, other) => {
        expect(compared(partKey(revocation, one).sk, partKey(revocation, other).sk)).toBe(
          Math.sign(one - other),
        );
      }),
    );
  });
});

test('a revocation’s slices are one range, which holds nothing else', () => {
  const place = { revocation, part: 1, slice: 2 };
  expect(sliceKey(place).sk.startsWith(slicePrefix)).toBe(true);
  expect(ledgerKey(place).sk.startsWith(slicePrefix)).toBe(false);
  expect(partKey(revocation, 1).sk.startsWith(slicePrefix)).toBe(false);
});

test('a provider’s ledger entries are one range, apart from those of a provider named alike', () => {
  const entry = (provider: string) => ledgerListingKey({ provider, revocation, part: 0, slice: 0 });
  for (const other of ['polar-sandbox', 'polar2', 'pola']) {
    expect(entry(other).startsWith('polar#')).toBe(false);
  }
  expect(entry('polar').startsWith('polar#')).toBe(true);
});
