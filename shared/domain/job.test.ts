import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jobId } from './job.ts';
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
