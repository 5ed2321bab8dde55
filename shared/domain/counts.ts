import * as z from 'zod';

/** What a revocation's progress looks like wherever it is told. */

const count = z.number().int().min(0);

export const counts = z
  .object({
    total: count,
    queued: count,
    revoked: count,
    already_invalid: count,
    unsupported: count,
    parked: count,
    abandoned: count,
    expired: count,
  })
  .meta({ id: 'Counts', description: 'Jobs by outcome; `queued` have none yet' });

export const status = z.enum(['queued', 'running', 'completed']).meta({
  description:
    '`completed` when every job has an outcome, parked included, and no more parts may come',
});
