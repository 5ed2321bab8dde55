import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSent, isSent, withSent } from './sent.ts';

test('knows what was sent, in whatever order', () => {
  const order = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
  fc.assert(
    fc.property(order, (parts) => {
      const sent = parts.reduce(withSent, { upTo: 0, beyond: [] });
      expect(countSent(sent)).toBe(parts.length);
      for (let part = 1; part <= 41; part += 1) {
        expect(isSent(sent, part)).toBe(parts.includes(part));
      }
    }),
  );
});

test('holds one number once all before it were sent', () => {
  expect([3, 1, 2].reduce(withSent, { upTo: 0, beyond: [] })).toEqual({ upTo: 3, beyond: [] });
});
