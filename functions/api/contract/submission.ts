import * as z from 'zod';
import { maximumTaskToken } from '../../../shared/completion/task-token.ts';
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

/** The one name that the body's reader does not take (shared/http/strict-json.ts). */
const parameterName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^(?!__proto__$)/, 'must not be __proto__');

const parameters = z
  .record(parameterName, parameterValue)
  .refine((value) => Object.keys(value).length <= maximumParameters, tooManyParameters);

export const timestamp = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 time, e.g. 2027-01-15T08:00:00Z',
});

/** One token to revoke, or both of a pair. */
export const submittedJob = z.strictObject({
  provider: z.string('must be the id of a configured provider').meta({
    description: 'Id of a provider from providers.json',
    example: 'polar',
  }),
  token: token.meta({ description: 'The token. Sealed at once; never shown again' }),
  refreshToken: token.optional().meta({
    description:
      'The refresh token of the same pair; `token` is then the access token. It becomes a job of its own, is revoked first, and has an outcome of its own. Sealed at once; never shown again',
  }),
  tokenType: z
    .enum(tokenTypes, 'must be "access_token" or "refresh_token"')
    .optional()
    .meta({ description: 'What kind of token it is, where you know; some providers need it' }),
  expiresAt: timestamp.optional().meta({
    description:
      'When `token` dies by itself, where you know. It is revoked all the same; but if that fails until then, the job ends as `expired`. Says nothing of `refreshToken`',
  }),
  refreshExpiresAt: timestamp.optional().meta({
    description: 'The same of `refreshToken`',
  }),
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

const anyNumberOf = <Job extends z.ZodType>(job: Job) =>
  z
    .array(job, 'must be a list of jobs')
    .max(maximumJobsPerPart, `must hold at most ${maximumJobsPerPart} jobs; send more requests`);

/** Of a state machine that waits for the completion. */
export const taskToken = token
  .max(maximumTaskToken, `must be at most ${maximumTaskToken} characters long`)
  .optional()
  .meta({
    description:
      'Task token of a Step Functions state machine that waits for the completion: its task succeeds when every token is dead, and fails with Rescind.TokensAlive otherwise. Sealed at once; never shown again',
  });

interface MayWait {
  readonly dryRun?: boolean | undefined;
  readonly taskToken?: string | undefined;
}

/** What `refine` takes. */
export const noTaskInDryRun: [(given: MayWait) => boolean, { path: string[]; error: string }] = [
  ({ dryRun, taskToken: given }) => dryRun !== true || given === undefined,
  {
    path: ['taskToken'],
    error: 'must be left out of a dry run: nothing would ever end its task',
  },
];

export const jobsOf = <Job extends z.ZodType>(job: Job) =>
  anyNumberOf(job).min(1, 'must hold at least one job');

/** Body of `POST /v1/revocations`. */
export const submission = z
  .strictObject({
    label: z.string().min(1).max(256).optional().meta({
      description: 'What this is for, to recognise it in lists',
      example: 'offboarding of J. Doe',
    }),
    dryRun: z.boolean().optional().meta({
      description: 'Only check: nothing is written, queued or revoked',
    }),
    open: z.boolean().optional().meta({
      description: 'More parts follow, until it is closed. Nothing is called complete before that',
    }),
    taskToken,
    jobs: anyNumberOf(submittedJob).meta({
      description: 'At least one, but of what is `open` there may be none yet',
    }),
  })
  .meta({ id: 'Submission' });

/** A submission whose jobs have not been looked into. */
export const envelope = submission
  .extend({ jobs: anyNumberOf(z.unknown()) })
  .refine(({ open, jobs }) => open === true || jobs.length > 0, {
    path: ['jobs'],
    error: 'must hold at least one job, unless open says that parts follow',
  })
  .refine(...noTaskInDryRun);

export type Submission = z.infer<typeof submission>;
export type SubmittedJob = z.infer<typeof submittedJob>;
