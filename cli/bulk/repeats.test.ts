import { expect, test } from 'vitest';
import { createRepeats } from './repeats.ts';

test('knows every token that came before, and takes no other for one', () => {
  const isRepeated = createRepeats();
  const tokens = Array.from({ length: 20_000 }, (_, n) => `token-${n}`);
  expect(tokens.filter((token) => isRepeated('polar', token))).toEqual([]);
  expect(tokens.filter((token) => !isRepeated('polar', token))).toEqual([]);
});

test('the same token at two providers is two', () => {
  const isRepeated = createRepeats();
  expect(isRepeated('polar', 'token')).toBe(false);
  expect(isRepeated('mollie', 'token')).toBe(false);
});
