import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobId, jobIdPattern, parseJobId } from './job.ts';
import { newRevocationId } from './revocation.ts';

test('an identity reads as revocation, part and index', () => {
  expect(jobId({ revocation: 'rev_a', part: 1, index: 17 })).toBe('rev_a/1/17');
});

test('two jobs share an id only if they are the same job', () => {
  const revocations = [newRevocationId(), newRevocationId()];
  const identity = fc.record({
    revocation: fc.constantFrom(...revocations),
    part: fc.nat(20),
    index: fc.nat(500),
  });
  fc.assert(
    fc.property(identity, identity, (one, other) => {
      const same =
        one.revocation === other.revocation && one.part === other.part && one.index === other.index;
      expect(jobId(one) === jobId(other)).toBe(same);
    }),
  );
});

test('a job has one id, and what reads like another is none', () => {
  const revocation = newRevocationId();
  for (const identity of [
    { revocation, part: 0, index: 0 },
    { revocation, part: 17, index: 499 },
  ]) {
    expect(jobId(identity)).toMatch(jobIdPattern);
    expect(parseJobId(jobId(identity))).toEqual(identity);
  }
  for (const alias of ['00/1', '0/01', '0/-1', '0/1 ', '0/1e2', '0/0x1', '0/1/', '+0/1']) {
    expect(`${revocation}/${alias}`).not.toMatch(jobIdPattern);
  }
});
