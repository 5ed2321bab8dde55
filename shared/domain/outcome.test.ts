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

test('a job that has an outcome keeps that record; one without takes the new, but no lower counts', () => {
  fc.assert(
    fc.property(aRecord, aRecord, (written, fresh) => {
      const kept = laterRecord(written, fresh);
      if (written.outcome !== undefined) {
        expect(kept).toBe(written);
        return;
      }
      const { attempts, answers, ...rest } = kept;
      expect(fresh).toMatchObject(rest);
      expect(attempts).toBe(Math.max(written.attempts, fresh.attempts));
      expect(answers ?? 0).toBe(Math.max(written.answers ?? 0, fresh.answers ?? 0));
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
