import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSet } from './line-set.ts';

test('holds what was added, and comes back from its text', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5000)), (lines) => {
      const set = createLineSet();
      for (const line of lines) set.add(line);
      const copy = createLineSet(set.toText());
      for (const each of [set, copy]) {
        expect(each.size()).toBe(lines.length);
        expect(lines.every((line) => each.has(line))).toBe(true);
        expect(each.has(5001)).toBe(false);
      }
    }),
  );
});
