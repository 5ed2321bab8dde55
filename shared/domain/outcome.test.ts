import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRecord } from '../../test/support/arbitraries.ts';
import { type JobRecord, laterRecord } from './outcome.ts';

test('the first write about a job stands', () => {
  fc.assert(
    fc.property(aRecord, (fresh) => {
      expect(laterRecord(undefined, fresh)).toBe(fresh);
    }),
  );
});

test('a job that has an outcome keeps that record; one without takes the new, but no fewer tries', () => {
  fc.assert(
    fc.property(aRecord, aRecord, (written, fresh) => {
      const kept = laterRecord(written, fresh);
      const attempts = Math.max(written.attempts, fresh.attempts);
      expect(kept).toEqual(written.outcome === undefined ? { ...fresh, attempts } : written);
    }),
  );
});

test('however many writes follow, an outcome once written is the only one ever seen', () => {
  fc.assert(
    fc.property(fc.array(aRecord, { minLength: 1 }), (writes) => {
      let kept: JobRecord | undefined;
      const outcomes = writes.flatMap((fresh) => {
        kept = laterRecord(kept, fresh);
        return kept.outcome ?? [];
      });
      expect(new Set(outcomes).size).toBeLessThanOrEqual(1);
    }),
  );
});
