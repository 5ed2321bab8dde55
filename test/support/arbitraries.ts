import fc from 'fast-check';
import { tokenTypes } from '../../shared/domain/job.ts';
import { evidences, type JobRecord, outcomes, parkReasons } from '../../shared/domain/outcome.ts';

/** A value, or the field left out of the record. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** Anything that may be written down of a job. */
export const aRecord: fc.Arbitrary<JobRecord> = fc.record({
  ref: maybe(fc.string({ minLength: 1, maxLength: 8 })),
  fingerprint: fc.constant('abcdefghijklmnop'),
  tokenType: maybe(fc.constantFrom(...tokenTypes)),
  foundAlive: maybe(fc.constant(true as const)),
  outcome: maybe(fc.constantFrom(...outcomes)),
  evidence: maybe(fc.constantFrom(...evidences)),
  reason: maybe(fc.constantFrom(...parkReasons)),
  detail: maybe(fc.constantFrom('http 503', 'no answer: timeout')),
  attempts: fc.nat(50),
  redrives: maybe(fc.integer({ min: 1, max: 3 })),
  triesBefore: maybe(fc.integer({ min: 1, max: 50 })),
  answers: maybe(fc.nat(50)),
  crashes: maybe(fc.integer({ min: 1, max: 2 })),
  httpStatus: maybe(fc.integer({ min: 200, max: 599 })),
  decision: maybe(
    fc.record({ by: fc.string({ minLength: 1 }), note: fc.string({ minLength: 1 }) }),
  ),
  at: fc.integer({ min: 1_700_000_000, max: 2_000_000_000 }),
});

/** Text of any length up to `maxLength`: fast-check's own strings are short. */
const aText = (unit: 'binary' | 'grapheme-ascii', maxLength: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.string({ unit, minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: maxLength }))
    .map(([text, length]) => text.repeat(length).slice(0, length));

/** Any token that the API takes: printable ASCII, no spaces around it. */
export const aToken = (maxLength: number): fc.Arbitrary<string> =>
  aText('grapheme-ascii', maxLength).map((text) => text.trim() || 'token');

/** A job as far as the API lets it go. */
export const aJob = (maxTokenLength: number) =>
  fc.record({
    token: aToken(maxTokenLength),
    tokenType: maybe(fc.constantFrom(...tokenTypes)),
    subject: maybe(aText('binary', 256)),
    ref: maybe(aText('binary', 128)),
    parameters: maybe(
      fc.dictionary(
        aText('binary', 64),
        fc.oneof(
          aText('binary', 1024),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.boolean(),
        ),
        { maxKeys: 16 },
      ),
    ),
  });
