import { countsOf } from '../../shared/domain/revocation.ts';
import { groupBy } from '../../shared/group-by.ts';
import type { Reach } from '../../shared/providers/adapter.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import type { Submission } from './contract/submission.ts';
import { splitPairs } from './pairs.ts';

/** What a submission would do: per provider, how many jobs, and how much dies with their tokens. */
export function dryRun(submission: Submission, catalog: Catalog) {
  const jobs = splitPairs(submission.jobs);
  const byProvider = groupBy(jobs, ({ provider }) => provider);
  const ended = {
    revoked: 0,
    already_invalid: 0,
    unsupported: 0,
    parked: 0,
    abandoned: 0,
    expired: 0,
  };
  return {
    dryRun: true,
    counts: countsOf({ total: jobs.length, ended }),
    providers: Object.fromEntries(
      [...byProvider].map(([id, own]) => {
        const capabilities = catalog.get(id)?.adapter.capabilities;
        const reach: Partial<Record<Reach, number>> = {};
        for (const { tokenType } of own) {
          const reached = (tokenType && capabilities?.tokenTypes[tokenType]) ?? 'undocumented';
          reach[reached] = (reach[reached] ?? 0) + 1;
        }
        return [id, { jobs: own.length, reach }];
      }),
    ),
  };
}
