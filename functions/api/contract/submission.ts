import * as z from 'zod';
import { tokenTypes } from '../../../shared/domain/job.ts';
import { maximumJobsPerPart } from '../../../shared/domain/revocation.ts';

/** Length of one token, in bytes of UTF-8; RFC 6749 tokens are ASCII, so characters too. */
export const maximumTokenBytes = 16 * 1024;

/**
 * RFC 6749 Appendix A.12 tokens are printable ASCII. A stray newline or space would make another
 * token of it, which many providers answer with the same 200 as a revoked one.
 */
const token = z
  .string('must be a string')
  .min(1, 'must not be empty')
  .max(maximumTokenBytes, 'must be at most 16 KiB long')
  .regex(
    /^(?! )[\x20-\x7e]*(?<! )$/,
    'must be printable ASCII without spaces or line breaks around it',
  );

const parameterValue = z.union([z.string().max(1024), z.number(), z.boolean()]);

/** Parameters of one job. */
export const maximumParameters = 16;
export const tooManyParameters = `must have at most ${maximumParameters} entries`;

const parameters = z
  .record(z.string().min(1).max(64), parameterValue)
  .refine((value) => Object.keys(value).length <= maximumParameters, tooManyParameters);

/** One token to revoke. */
export const submittedJob = z.strictObject({
  provider: z.string('must be the id of a configured provider').meta({
    description: 'Id of a provider from providers.json',
    example: 'polar',
  }),
  token: token.meta({ description: 'The token. Sealed at once; never shown again' }),
  tokenType: z
    .enum(tokenTypes, 'must be "access_token" or "refresh_token"')
    .optional()
    .meta({ description: 'What kind of token it is, where you know; some providers need it' }),
  subject: z.string().max(256).optional().meta({
    description: 'Whose token it is, for providers that need to know',
  }),
  ref: z.string().min(1).max(128).optional().meta({
    description: 'Your own name for the job, given back with its outcome. Not the token',
    example: 'user-4711',
  }),
  parameters: parameters.optional().meta({
    description: 'What this provider’s adapter needs besides the token',
  }),
});

/** Body of `POST /v1/revocations`. */
const listOf = <Job extends z.ZodType>(job: Job) =>
  z
    .array(job, 'must be a list of jobs')
    .min(1, 'must hold at least one job')
    .max(maximumJobsPerPart, `must hold at most ${maximumJobsPerPart} jobs; send more requests`);

export const submission = z
  .strictObject({
    label: z.string().min(1).max(256).optional().meta({
      description: 'What this is for, to recognise it in lists',
      example: 'offboarding of J. Doe',
    }),
    dryRun: z.boolean().optional().meta({
      description: 'Only check: nothing is written, queued or revoked',
    }),
    jobs: listOf(submittedJob),
  })
  .meta({ id: 'Submission' });

/** A submission whose jobs have not been looked into. */
export const envelope = submission.extend({ jobs: listOf(z.unknown()) });

export type Submission = z.infer<typeof submission>;
export type SubmittedJob = z.infer<typeof submittedJob>;
