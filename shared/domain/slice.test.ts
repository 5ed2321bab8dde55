import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aJob } from '../../test/support/arbitraries.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import { sealSlice } from '../sealing/seal-slice.ts';
import {
  cutSlices,
  type IndexedJob,
  maximumJobsPerSlice,
  maximumSliceBytes,
  messageText,
  type SliceMessage,
  sliceMessage,
} from './slice.ts';

const revocation = `rev_${'0'.repeat(40)}`;
const acceptedAt = 1_800_000_000;

/** A part: jobs as the API takes them, for up to three providers, in any order. */
const aPart = (maxTokenLength: number, maxLength: number): fc.Arbitrary<IndexedJob[]> =>
  fc
    .array(
      fc.record({ job: aJob(maxTokenLength), provider: fc.constantFrom('polar', 'mollie', 'x') }),
      { minLength: 1, maxLength, size: 'max' },
    )
    .map((part) =>
      part.map(({ job, provider }, index) => ({
        ...job,
        provider,
        index,
        fingerprint: 'abcdefghijklmnop',
      })),
    );

/** The same, where any job may have a partner: a job that comes after another one, behind them all. */
const aPartWithPairs = (maxTokenLength: number, maxLength: number): fc.Arbitrary<IndexedJob[]> =>
  fc
    .tuple(aPart(maxTokenLength, maxLength), fc.infiniteStream(fc.boolean()), fc.nat(2_000_000_000))
    .map(([part, choices, expiresAt]) => {
      const behind: IndexedJob[] = [];
      const first = part.map((job): IndexedJob => {
        if (!choices.next().value) return job;
        const after = part.length + behind.length;
        behind.push({ ...job, index: after, tokenType: 'refresh_token' });
        return { ...job, after, expiresAt, tokenType: 'access_token' };
      });
      return [...first, ...behind];
    });

describe('cutSlices', () => {
  test('keeps both of a pair in one slice', () => {
    fc.assert(
      fc.property(aPartWithPairs(16_384, 60), (part) => {
        const slices = cutSlices(revocation, 0, part);
        for (const { jobs } of slices) {
          const indexes = new Set(jobs.map(({ index }) => index));
          for (const { after } of jobs) if (after !== undefined) expect(indexes).toContain(after);
          expect(jobs.length).toBeLessThanOrEqual(maximumJobsPerSlice);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('carries every job exactly once, in order, with its own provider', () => {
    fc.assert(
      fc.property(aPartWithPairs(16_384, 120), (part) => {
        const slices = cutSlices(revocation, 3, part);
        for (const { provider, jobs } of slices) {
          expect(jobs.every((job) => job.provider === provider)).toBe(true);
          const indexes = jobs.map(({ index }) => index);
          expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));
        }
        const carried = slices.flatMap(({ jobs }) => jobs);
        expect(carried.toSorted((a, b) => a.index - b.index)).toEqual(part);
      }),
      { numRuns: 20 },
    );
  });

  test('numbers the slices of a part, whatever their provider', () => {
    fc.assert(
      fc.property(aPart(2000, 120), (part) => {
        const slices = cutSlices(revocation, 3, part);
        expect(slices.map(({ slice }) => slice)).toEqual([...slices.keys()]);
        expect(slices.every((slice) => slice.part === 3 && slice.revocation === revocation)).toBe(
          true,
        );
      }),
      { numRuns: 20 },
    );
  });

  test('cuts the same jobs the same way', () => {
    fc.assert(
      fc.property(aPart(16_384, 60), (part) => {
        expect(cutSlices(revocation, 0, structuredClone(part))).toEqual(
          cutSlices(revocation, 0, part),
        );
      }),
      { numRuns: 20 },
    );
  });

  test('fills a slice with small jobs up to its 25', () => {
    const part = Array.from({ length: 60 }, (_, index) => ({
      index,
      provider: 'polar',
      token: `polar_at_${index}`,
      fingerprint: 'abcdefghijklmnop',
    }));
    const sizes = cutSlices(revocation, 0, part).map(({ jobs }) => jobs.length);
    expect(sizes).toEqual([25, 25, 10]);
  });

  test('keeps the message within its size once it is sealed; what is larger than that goes alone', async () => {
    await fc.assert(
      fc.asyncProperty(aPartWithPairs(16_384, 40), async (part) => {
        for (const slice of cutSlices(revocation, 0, part)) {
          const text = messageText(await sealSlice(slice, sealingKeys, acceptedAt));
          expect(slice.jobs.length).toBeLessThanOrEqual(maximumJobsPerSlice);
          const isPair =
            slice.jobs.length === 2 && slice.jobs.some(({ after }) => after !== undefined);
          if (slice.jobs.length > 1 && !isPair) {
            expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maximumSliceBytes);
          }
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });

  test.each([
    ['quotes in tokens', { token: '"'.repeat(3000) }],
    ['backslashes in tokens', { token: '\\'.repeat(8000) }],
    ['control characters in subjects', { token: 't', subject: '\0'.repeat(256) }],
    ['emoji in refs', { token: 't'.repeat(900), ref: '😀'.repeat(64) }],
    ['lone surrogates in refs', { token: 't'.repeat(900), ref: '\ud800'.repeat(128) }],
  ])('counts %s as the message spells them', async (_, job) => {
    const part = Array.from({ length: 25 }, (__, index) => ({
      ...job,
      index,
      provider: 'polar',
      fingerprint: 'abcdefghijklmnop',
    }));
    for (const slice of cutSlices(revocation, 0, part)) {
      const { length } = messageText(await sealSlice(slice, sealingKeys, acceptedAt));
      expect(length).toBeLessThanOrEqual(maximumSliceBytes);
    }
  });
});

describe('messageText', () => {
  test('is plain ASCII that reads back as the message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (ref) => {
        const text = messageText({ ...message, jobs: [{ index: 0, ref, fingerprint: 'f' }] });
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(text).jobs[0].ref).toBe(ref);
      }),
    );
  });
});

const message: SliceMessage = {
  v: 2,
  revocation,
  part: 0,
  slice: 0,
  provider: 'polar',
  redrives: 0,
  acceptedAt,
  jobs: [{ index: 0, fingerprint: 'f' }],
  sealed: 'x',
};

describe('sliceMessage', () => {
  test('takes what the API sends', () => {
    expect(sliceMessage.parse(message)).toEqual(message);
  });

  test.each([
    ['another format', { v: 1 }],
    ['an unknown time of acceptance', { acceptedAt: undefined }],
    ['an id that is not a revocation’s', { revocation: 'rev_1' }],
    ['no jobs', { jobs: [] }],
    ['too many jobs', { jobs: Array(26).fill({ index: 0, fingerprint: 'f' }) }],
    ['a negative index', { jobs: [{ index: -1, fingerprint: 'f' }] }],
    ['nothing sealed', { sealed: undefined }],
  ])('refuses %s', (_, change) => {
    expect(sliceMessage.safeParse({ ...message, ...change }).success).toBe(false);
  });
});
