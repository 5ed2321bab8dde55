import * as z from 'zod';
import { maximumParts } from '../../../shared/domain/revocation.ts';
import { jobsOf, submittedJob } from './submission.ts';

/** Body of `PUT /v1/revocations/{id}/parts/{part}`. */
export const part = z.strictObject({ jobs: jobsOf(submittedJob) }).meta({ id: 'Part' });

/** A part whose jobs have not been looked into. */
export const partEnvelope = part.extend({ jobs: jobsOf(z.unknown()) });

export const partAnswer = z
  .object({
    id: z.string().meta({ description: 'The revocation’s id' }),
    part: z.int().min(1),
    jobs: z.int().min(1).meta({ description: 'Tokens: a pair is two' }),
  })
  .meta({ id: 'PartAccepted' });

/** Body of `POST /v1/revocations/{id}/close`; there may be none. */
export const closing = z
  .strictObject({
    parts: z
      .int('must be how many parts there are, part 0 included')
      .min(1, 'must be at least 1: part 0 is one')
      .max(maximumParts + 1, `must be at most ${maximumParts + 1}`)
      .optional()
      .meta({
        description:
          'How many parts there are, part 0 included and numbered without gaps: so a lost one is noticed',
      }),
  })
  .meta({ id: 'Closing' });

/** Up to `maximumPart`. */
export const partNumberPattern = /^[1-9][0-9]{0,5}$/;

export type Closing = z.infer<typeof closing>;
