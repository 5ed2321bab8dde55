import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import type { Plan, PlannedJob, PlannedSubject } from '../../shared/webhooks/plan.ts';
import type { Delivery } from '../../shared/webhooks/scheme.ts';
import type { Source } from '../../shared/webhooks/sources.ts';
import { checkSubmission } from '../api/check-jobs.ts';
import type { Submission, SubmittedJob } from '../api/contract/submission.ts';

/** What is to be revoked because of a delivery, checked as the API checks it. */
export interface Prepared {
  readonly label: string;
  /** Each at most as many jobs as one revocation takes. */
  readonly submissions: readonly Submission[];
  readonly subjects: readonly PlannedSubject[];
  /** Positions of the events that these come from. */
  readonly events: ReadonlySet<number>;
  /** Events and jobs that the rules were for, and of which nothing came. */
  readonly unmapped: number;
}

/**
 * Makes submissions of what is planned for a delivery. A job that cannot be taken does not keep the
 * others from being, and neither does its name keep a job.
 */
export function prepare(
  source: Source,
  delivery: Delivery,
  plan: Plan,
  catalog: Catalog,
): Prepared {
  const label = labelOf(source, delivery);
  const good = plan.jobs.flatMap((planned) => takeable(planned, catalog) ?? []);
  const submissions: Submission[] = [];
  for (let start = 0; start < good.length; start += maximumJobsPerPart) {
    const jobs = good.slice(start, start + maximumJobsPerPart).map(({ job }) => job);
    submissions.push({ label, jobs: holdsToken(jobs) ? jobs.map(nameless) : jobs });
  }
  return {
    label,
    submissions,
    subjects: plan.subjects,
    events: new Set([...good, ...plan.subjects].map(({ event }) => event)),
    unmapped: plan.unmapped.length + plan.jobs.length - good.length,
  };
}

/**
 * Names the source, and what happened where a rule of the source names just that. So it is all of our
 * own configuration: neither a token can stand in it, nor can one keep anything from being revoked by
 * being a part of it.
 */
function labelOf({ id, rules }: Source, { events }: Delivery): string {
  const types = new Set(events.map(({ type }) => type));
  const [type = ''] = types.size === 1 ? types : [];
  return rules.some(({ event }) => event === type) && /^[\w./:-]{1,100}$/.test(type)
    ? `webhook ${id}: ${type}`
    : `webhook ${id}`;
}

interface Takeable {
  readonly event: number;
  readonly job: SubmittedJob;
}

/** The job as it can be taken; its name may come from whoever leaked the token, and be anything. */
function takeable({ event, job }: PlannedJob, catalog: Catalog): Takeable | undefined {
  for (const candidate of [job, nameless(job)]) {
    const checked = check(candidate, catalog);
    if (checked !== undefined) return { event, job: checked };
  }
  return undefined;
}

const nameless = <Job extends { readonly ref?: unknown }>({
  ref: _,
  ...job
}: Job): Omit<Job, 'ref'> => job;

/**
 * Whether one of the names of these jobs, good one by one, holds a token of another. The names are
 * looked through as one text, once for each token; a token has no line break in it.
 */
function holdsToken(jobs: readonly SubmittedJob[]): boolean {
  const names = [...new Set(jobs.flatMap(({ ref }) => ref ?? []))].join('\n');
  return names !== '' && jobs.some(({ token }) => names.includes(token));
}

function check(job: unknown, catalog: Catalog): SubmittedJob | undefined {
  try {
    return checkSubmission({ jobs: [job] }, catalog).jobs[0];
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
