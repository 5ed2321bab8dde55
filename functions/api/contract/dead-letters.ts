import * as z from 'zod';
import { jobIdPattern } from '../../../shared/domain/job.ts';
import { parkReasons } from '../../../shared/domain/outcome.ts';
import { maximumJobsPerPart, revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { providerId } from '../../../shared/providers/configuration.ts';

/** What is asked of the dead-letter ledger, and what it answers. */

const ids = z
  .array(z.string().regex(jobIdPattern, 'must be an id that GET /v1/dead-letters shows'))
  .min(1, 'must name at least one job')
  .max(maximumJobsPerPart, `must name at most ${maximumJobsPerPart} jobs; send more requests`)
  .meta({ description: 'Jobs, as GET /v1/dead-letters names them' });

/** Body of `POST /v1/dead-letters/redrive`. Filters are combined: a job must fit them all. */
export const redriveRequest = z
  .strictObject({
    provider: providerId.optional().meta({ description: 'Jobs of this provider' }),
    revocation: z
      .string()
      .regex(revocationIdPattern, 'must be the id of a revocation')
      .optional()
      .meta({ description: 'Jobs of this revocation' }),
    reason: z.enum(parkReasons).optional().meta({ description: 'Jobs parked for this reason' }),
    ids: ids.optional(),
    dryRun: z.boolean().optional().meta({ description: 'Only count: nothing is sent' }),
    rate: z
      .number('must be a number of jobs a second')
      .min(0.1, 'must be at least 0.1 jobs a second')
      .max(10_000, 'must be at most 10000 jobs a second')
      .optional()
      .meta({
        description:
          'Jobs a second that start at most, a slice of up to 25 at a time. One call then sends no more than start within 15 minutes',
      }),
    cursor: z.string('must be a text').optional().meta({
      description:
        'Of an earlier answer to the same filters: goes on there, and does not look at what is before it again. Not for ids',
    }),
  })
  .meta({ id: 'Redrive' });

/** Body of `POST /v1/dead-letters/abandon`. */
export const abandonRequest = z
  .strictObject({
    ids,
    note: z
      .string('must say why')
      .trim()
      .min(1, 'must say why')
      .max(500, 'must be at most 500 characters long')
      .meta({
        description: 'Why. It is kept and shown, so it must not hold a token',
        example: 'revoked by hand in the provider’s console, ticket 4711',
      }),
  })
  .meta({ id: 'Abandonment' });

const count = z.number().int().min(0);

const skipped = z.array(z.string()).optional().meta({
  description: 'Those of the ids that are not parked, and were left as they are',
});

const more = z.literal(true).optional().meta({
  description:
    'Not all were dealt with in one call: repeat it to go on, with the cursor if there is one',
});

export const redriveAnswer = z
  .object({
    count: count.meta({ description: 'Jobs that were sent again; on a dry run, that would be' }),
    more,
    cursor: z.string().optional().meta({
      description:
        'Where the next call may go on. On a dry run it counts on from there, so add the counts up',
    }),
    skipped,
    dryRun: z.literal(true).optional(),
    reasons: z.partialRecord(z.enum(parkReasons), count).optional().meta({
      description: 'Of a dry run: jobs by why they are parked',
    }),
    providers: z.record(z.string(), count).optional().meta({
      description: 'Of a dry run: jobs by provider',
    }),
  })
  .meta({ id: 'Redriven' });

export const abandonAnswer = z
  .object({
    count: count.meta({ description: 'Those of the jobs that are abandoned now' }),
    skipped,
  })
  .meta({ id: 'Abandoned' });

export type RedriveRequest = z.infer<typeof redriveRequest>;
export type AbandonRequest = z.infer<typeof abandonRequest>;
export type RedriveAnswer = z.infer<typeof redriveAnswer>;
export type AbandonAnswer = z.infer<typeof abandonAnswer>;
