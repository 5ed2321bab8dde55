import * as z from 'zod';
import { noTaskInDryRun, submittedJob, taskToken, timestamp } from './submission.ts';

/** What is asked of the grant registry. */

/** Others that may share one grant. */
export const maximumSharers = 100;

/** What names a person, in Unicode characters. */
const maximumSubject = 256;

export const subjectText = z
  .string('must be a text')
  .min(1, 'must not be empty')
  .refine((text) => [...text].length <= maximumSubject, 'must be at most 256 characters long')
  .meta({ maxLength: maximumSubject });

const { provider, token, parameters } = submittedJob.shape;

/** Body of `PUT /v1/subjects/{subject}/grants/{grantId}`. */
export const registration = z
  .strictObject({
    provider,
    accessToken: token.optional().meta({
      description: 'Sealed at once; never shown again',
    }),
    refreshToken: token.optional().meta({
      description: 'Sealed at once; never shown again. Revoked before the access token',
    }),
    expiresAt: timestamp.optional().meta({ description: 'When the access token dies by itself' }),
    refreshExpiresAt: timestamp.optional().meta({
      description: 'When the refresh token dies by itself',
    }),
    sharedBy: z
      .array(subjectText, 'must be a list of subjects')
      .max(maximumSharers, `must name at most ${maximumSharers} others`)
      .optional()
      .meta({
        description:
          'Others whom the same grant serves: it is not revoked before the last of them has left. Left out, it stays as it was. Kept by keyed hash',
      }),
    parameters,
  })
  .meta({ id: 'Registration' });

/** Body of `POST /v1/subjects/{subject}/revoke`. */
export const subjectRevocation = z
  .strictObject({
    label: z.string().min(1).max(256).optional().meta({
      description: 'What this is for, to recognise it in lists. It is shown: not the person’s name',
      example: 'deletion request 4711',
    }),
    includeShared: z.boolean().optional().meta({
      description: 'Revoke grants that serve others as well: they lose them, too',
    }),
    dryRun: z.boolean().optional().meta({
      description: 'Only tell what would be done: nothing is written, queued or revoked',
    }),
    taskToken,
  })
  .refine(...noTaskInDryRun)
  .meta({ id: 'SubjectRevocation' });

export type Registration = z.infer<typeof registration>;
export type SubjectRevocation = z.infer<typeof subjectRevocation>;
