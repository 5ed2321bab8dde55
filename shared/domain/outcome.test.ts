import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRecord } from '../../test/support/arbitraries.ts';
import { type JobRecord, laterRecord, triesOf } from './outcome.ts';

test('the first write about a job stands', () => {
  fc.assert(
    fc.property(aRecord, (fresh) => {
      expect(laterRecord(undefined, fresh)).toBe(fresh);
    }),
  );
});

const redrivesOf = ({ redrives = 0 }: JobRecord) => redrives;

test('a job that has an outcome keeps that record; one without takes the new, but no lower counts', () => {
  fc.assert(
    fc.property(aRecord, aRecord, (written, fresh) => {
      const kept = laterRecord(written, fresh);
      if (written.outcome !== undefined) {
        expect(kept).toBe(written);
        return;
      }
      const { attempts, answers, redrives, triesBefore, ...rest } = kept;
      const outdated = redrivesOf(fresh) < redrivesOf(written);
      const unended = fresh.outcome === undefined || fresh.outcome === 'parked';
      expect(outdated && unended ? written : fresh).toMatchObject(rest);
      expect(outdated ? written : fresh).toMatchObject({ redrives, triesBefore });
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

test('a delivery of before a job was sent again may end it, but neither park it nor put it off', () => {
  const queued: JobRecord = { fingerprint: 'f', attempts: 8, redrives: 1, triesBefore: 8, at: 2 };
  const stale: JobRecord = { fingerprint: 'f', attempts: 9, at: 3 };
  const parked = { ...stale, outcome: 'parked', reason: 'exhausted' } as const;
  expect(laterRecord(queued, parked)).toEqual({ ...queued, attempts: 9 });
  expect(laterRecord(queued, { ...stale, reason: 'exhausted' })).toEqual({
    ...queued,
    attempts: 9,
  });
  expect(laterRecord(queued, { ...stale, outcome: 'revoked' })).toMatchObject({
    outcome: 'revoked',
    redrives: 1,
  });
  expect(laterRecord(queued, { ...parked, redrives: 1 })).toMatchObject({ outcome: 'parked' });
});

test('tries of before a job was sent again count no longer', () => {
  expect(triesOf({ fingerprint: 'f', attempts: 8, at: 1 })).toBe(8);
  expect(triesOf({ fingerprint: 'f', attempts: 9, triesBefore: 8, at: 1 })).toBe(1);
});
