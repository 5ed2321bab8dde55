import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import type { Catalog } from '../../shared/providers/catalog.ts';
import type { Plan, PlannedJob, PlannedSubject } from '../../shared/webhooks/plan.ts';
import type { Delivery } from '../../shared/webhooks/scheme.ts';
import type { Source } from '../../shared/webhooks/sources.ts';
import { checkSubmission } from '../api/check-jobs.ts';
import type { Submission } from '../api/contract/submission.ts';

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
  const good = plan.jobs.flatMap((planned) => takeable(label, planned, catalog) ?? []);
  const submissions: Submission[] = [];
  for (let start = 0; start < good.length; start += maximumJobsPerPart) {
    const submission = together(label, good.slice(start, start + maximumJobsPerPart), catalog);
    if (submission !== undefined) submissions.push(submission);
  }
  return {
    label,
    submissions,
    subjects: plan.subjects,
    events: new Set([...good, ...plan.subjects].map(({ event }) => event)),
    unmapped: plan.unmapped.length + plan.jobs.length - good.length,
  };
}

/** Names the source and what happened, if that is one thing and looks like a name. */
function labelOf({ id }: Source, { events }: Delivery): string {
  const types = new Set(events.map(({ type }) => type));
  const [type = ''] = types.size === 1 ? types : [];
  return /^[\w./:-]{1,100}$/.test(type) ? `webhook ${id}: ${type}` : `webhook ${id}`;
}

/** The job as it can be taken; its name may come from whoever leaked the token, and be anything. */
function takeable(label: string, planned: PlannedJob, catalog: Catalog): PlannedJob | undefined {
  const candidates = [planned, { ...planned, job: nameless(planned.job) }];
  return candidates.find(({ job }) => checked(label, [job], catalog) !== undefined);
}

const nameless = ({ ref: _, ...job }: PlannedJob['job']): PlannedJob['job'] => job;

/** Jobs that are good one by one may still name one another's tokens: then they go without names. */
function together(
  label: string,
  planned: readonly PlannedJob[],
  catalog: Catalog,
): Submission | undefined {
  const jobs = planned.map(({ job }) => job);
  return checked(label, jobs, catalog) ?? checked(label, jobs.map(nameless), catalog);
}

function checked(
  label: string,
  jobs: readonly unknown[],
  catalog: Catalog,
): Submission | undefined {
  try {
    return checkSubmission({ label, jobs }, catalog);
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}
