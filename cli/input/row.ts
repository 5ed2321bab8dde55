import { type SubmittedJob, submittedJob } from '../../functions/api/contract/submission.ts';

/** Something that keeps a line from being sent. Quotes nothing of it. */
export interface Flaw {
  readonly line: number;
  /** Of the job; undefined for the line as a whole. */
  readonly field?: string | undefined;
  readonly detail: string;
}

/** A job as it is sent. */
export interface Row {
  readonly line: number;
  readonly provider: string;
  readonly token: string;
  /** Jobs that it makes: a pair is two. */
  readonly jobs: number;
  /** JSON. */
  readonly text: string;
}

/** What a line holds. */
export type Read =
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'flawed'; readonly line: number; readonly flaws: readonly Flaw[] };

export const flawed = (line: number, detail: string, field?: string): Read => ({
  kind: 'flawed',
  line,
  flaws: [{ line, field, detail }],
});

/** Holds what a line gives to the contract. */
export function readJob(line: number, given: Readonly<Record<string, unknown>>): Read {
  const parsed = submittedJob.safeParse(given);
  if (parsed.success) return { kind: 'row', row: rowOf(line, parsed.data) };
  const flaws = parsed.error.issues.map(({ code, path: [field], message }): Flaw => {
    const name = field === undefined ? undefined : String(field);
    const isMissing = name !== undefined && given[name] === undefined;
    if (code === 'unrecognized_keys') return { line, detail: 'has a field that is not known' };
    return { line, field: name, detail: isMissing ? 'is missing' : message };
  });
  return { kind: 'flawed', line, flaws };
}

const rowOf = (line: number, job: SubmittedJob): Row => ({
  line,
  provider: job.provider,
  token: job.token,
  jobs: job.refreshToken === undefined ? 1 : 2,
  text: JSON.stringify(job),
});
