import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aRecord } from '../../test/support/arbitraries.ts';
import { isAccepted, type JobRecord, laterRecord, triesOf } from './outcome.ts';

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
      const refuted = written.foundAlive && fresh.evidence === 'accepted';
      const promised = isAccepted(written) && unended && !fresh.foundAlive;
      const stays = (outdated && unended) || refuted || (promised && fresh.outcome === 'parked');
      expect({
        ...(stays ? written : fresh),
        ...(promised && { evidence: 'accepted' }),
        ...(unended && written.foundAlive && { foundAlive: true }),
      }).toMatchObject(rest);
      expect((outdated ? written : fresh).redrives).toBe(redrives);
      const uncounted = [written, ...(outdated ? [] : [fresh])].map((r) => r.triesBefore ?? 0);
      expect(triesBefore ?? 0).toBe(Math.max(...uncounted));
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

test('the provider’s word alone ends no job whose token another delivery has found alive', () => {
  const alive: JobRecord = { fingerprint: 'f', attempts: 2, foundAlive: true, at: 2 };
  const word = { ...alive, foundAlive: undefined, evidence: 'accepted', at: 3 } as const;
  expect(laterRecord(alive, word)).toEqual(alive);
  expect(laterRecord(alive, { ...word, outcome: 'revoked' })).toEqual(alive);
  expect(laterRecord(alive, { ...word, evidence: undefined, outcome: 'parked' })).toMatchObject({
    outcome: 'parked',
    foundAlive: true,
  });
  const dead = { ...word, evidence: 'verified', outcome: 'revoked' } as const;
  expect(laterRecord(alive, dead)).toMatchObject({ outcome: 'revoked', evidence: 'verified' });
});

test('tries of before a job was sent again count no longer', () => {
  expect(triesOf({ fingerprint: 'f', attempts: 8, at: 1 })).toBe(8);
  expect(triesOf({ fingerprint: 'f', attempts: 9, triesBefore: 8, at: 1 })).toBe(1);
});
