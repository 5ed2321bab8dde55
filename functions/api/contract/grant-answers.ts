import * as z from 'zod';
import { counts } from '../../../shared/domain/counts.ts';
import { tokenTypes } from '../../../shared/domain/job.ts';
import { endStates } from '../../../shared/grants/grant.ts';
import { accepted, dryRunAnswer } from './answers.ts';
import { timestamp } from './submission.ts';

/** What the grant registry answers. */

const tokenRow = z.object({
  fingerprint: z.string(),
  expiresAt: timestamp.optional(),
});

export const grant = z
  .object({
    grantId: z.string(),
    provider: z.string(),
    state: z.enum(['held', 'left', 'revoking', ...endStates]).meta({
      description:
        '`left`: it serves others, to whom this person has left it. `revoked`, `unsupported` and `abandoned` are how it ended; no token is kept then',
    }),
    tokens: z.partialRecord(z.enum(tokenTypes), tokenRow).meta({
      description:
        'Keyed fingerprints of the tokens that are kept, or were: those that the provider can revoke',
    }),
    sharedWith: z.number().int().min(0).meta({ description: 'How many others it serves' }),
    revocation: z.string().optional().meta({ description: 'What revokes it, or has' }),
    registeredBy: z.string(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
    etag: z.string().meta({ description: 'For If-Match' }),
  })
  .meta({ id: 'Grant' });

const shared = z
  .array(
    z.object({
      grantId: z.string(),
      provider: z.string(),
      sharedWith: z.number().int().min(1).meta({ description: 'How many others it serves' }),
    }),
  )
  .meta({ description: 'Grants that are left alone because they serve others as well' });

const skipped = z
  .array(z.object({ grantId: z.string(), provider: z.string(), detail: z.string() }))
  .optional()
  .meta({ description: 'Grants that cannot be revoked, why, and what to do' });

const more = z.literal(true).optional().meta({
  description:
    'The person had more grants than one revocation takes, or others were registered meanwhile: call again, with another key',
});

const rest = { shared, skipped, more };

export const subjectRevoked = accepted.extend(rest).meta({ id: 'SubjectRevoked' });

export const subjectNotRevoked = z
  .union([
    dryRunAnswer.extend(rest),
    z.object({ counts, ...rest }).meta({ description: 'There was nothing to revoke' }),
  ])
  .meta({ id: 'SubjectNotRevoked' });

export type GrantRow = z.infer<typeof grant>;
