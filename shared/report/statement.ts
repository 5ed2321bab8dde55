import * as z from 'zod';
import { counts, status } from '../domain/counts.ts';
import { reportFormat } from './chain.ts';

/** `typ` of the JWS: no other signature of this key may be taken for a statement. */
export const statementType = 'rescind-report+jws';

const count = z.int().min(0);
const time = z.iso.datetime();
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** Jobs of the rows so far, by what stands in their column `outcome`. */
export const tally = counts.omit({ total: true }).meta({
  id: 'ReportTally',
  description: 'Rows so far, by outcome; `queued` are those that were tried and have none yet',
});

/** How far the revocation had come. */
export const progress = z
  .object({
    status,
    open: z.literal(true).optional().meta({ description: 'More parts may come' }),
    completedAt: time.optional(),
    counts,
    leftAlive: count.optional().meta({
      description:
        'Grants of its person that it does not revoke, though a token of theirs may live',
    }),
  })
  .meta({
    id: 'ReportProgress',
    description:
      'How far the revocation had come, read after the rows: on the first page and on the last',
  });

/** What Rescind signs of one page, and by that of all pages before it. */
export const statement = z
  .object({
    format: z.literal(reportFormat),
    iat: count.meta({ description: 'When it was signed, in epoch seconds' }),
    began: time.meta({ description: 'When the first page was read' }),
    revocation: z.object({
      id: z.string(),
      label: z.string().optional(),
      requestedBy: z.string(),
      createdAt: time,
      acceptedAt: time.optional(),
    }),
    progress: progress.optional(),
    columns: z.array(z.string()).meta({ description: 'Names of the cells of every row' }),
    rowsBefore: count.meta({ description: 'Rows of the pages before this one' }),
    rows: count.meta({ description: 'Rows of all pages up to this one, itself included' }),
    chain: z
      .object({ from: hash, to: hash })
      .meta({ description: 'Hash before this page’s first row, and after its last' }),
    tally,
    last: z.boolean().meta({ description: 'Whether the report ends with this page' }),
  })
  .meta({ id: 'ReportStatement' });

export type Statement = z.infer<typeof statement>;
export type Tally = z.infer<typeof tally>;
export type Progress = z.infer<typeof progress>;
