import * as z from 'zod';
import { groupBy } from '../group-by.ts';
import { type Job, tokenTypes } from './job.ts';
import { revocationIdPattern } from './revocation.ts';

/** Jobs in one slice. */
export const maximumJobsPerSlice = 25;
/** Size of one slice's message, unless a single job is larger than that. */
export const maximumSliceBytes = 48 * 1024;

/** Where a slice stands. Every format of the message, newer ones included, names it like this. */
export interface SlicePlace {
  readonly revocation: string;
  readonly part: number;
  readonly slice: number;
}

/** Which slice of which revocation: what a sealed envelope is bound to. */
export interface SliceIdentity extends SlicePlace {
  readonly provider: string;
}

/** What of a job stands in the clear, because the ledger must show it. */
const sliceJob = z.object({
  /** Position in its part. */
  index: z.number().int().min(0),
  ref: z.string().optional(),
  fingerprint: z.string(),
  /** Where the caller said so, or by which half of a pair it is. */
  tokenType: z.enum(tokenTypes).optional(),
  /** When the token dies by itself, in epoch seconds, as far as the caller knows. */
  expiresAt: z.int().min(0).optional(),
  /** Of an access token: the index of its pair's refresh token, which is to be revoked first. */
  after: z.int().min(0).optional(),
});

/**
 * The format of the messages that are written. Whoever changes what a message holds, sealed or not,
 * raises it and teaches `slice-formats.ts` to read the one before.
 */
export const sliceFormat = 2;

/** One SQS message: some jobs of one part for one provider, their tokens sealed. */
export const sliceMessage = z.object({
  /** Format. A worker that meets a newer one leaves the message alone. */
  v: z.literal(sliceFormat),
  revocation: z.string().regex(revocationIdPattern),
  part: z.number().int().min(0),
  slice: z.number().int().min(0),
  provider: z.string(),
  /** How often the ledger has sent these jobs again. */
  redrives: z.number().int().min(0),
  /** When the API took the jobs in, in epoch seconds. Stays as it is when the ledger sends them again. */
  acceptedAt: z.number().int().min(0),
  jobs: z.array(sliceJob).min(1).max(maximumJobsPerSlice),
  /** Compact JWE of a `SealedJobs`. */
  sealed: z.string(),
});

export type SliceJob = z.infer<typeof sliceJob>;
export type SliceMessage = z.infer<typeof sliceMessage>;

/** What is sealed: each job's secret half, by its index in the part. */
export const sealedJobs = z.array(
  z.object({
    index: z.number().int().min(0),
    token: z.string(),
    tokenType: z.enum(tokenTypes).optional(),
    subject: z.string().optional(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  }),
);
export type SealedJobs = z.infer<typeof sealedJobs>;

/** A job on its way into a slice. */
export interface IndexedJob extends Job {
  readonly index: number;
  readonly provider: string;
  readonly ref?: string | undefined;
  readonly fingerprint: string;
  /** Epoch seconds. */
  readonly expiresAt?: number | undefined;
  /** Index of the job that is to be done before this one. */
  readonly after?: number | undefined;
}

/** Jobs that will travel in one message. */
export interface Slice extends SliceIdentity {
  readonly jobs: readonly IndexedJob[];
}

/** What a message weighs before its first job: its own fields and the JWE's header. */
const envelopeBytes = 1024;

/** Base64url makes four bytes of three; JSON names and the fingerprint add the rest. */
function messageBytes(job: IndexedJob): number {
  const { token, subject = '', ref = '', parameters = {}, tokenType, expiresAt, after } = job;
  const secret = 120 + Buffer.byteLength(JSON.stringify([token, subject, parameters]));
  const clear = asciiJson(ref).length + JSON.stringify({ tokenType, expiresAt, after }).length;
  return Math.ceil((secret * 4) / 3) + 120 + clear;
}

/** A message as its queue takes it: SQS refuses some characters, which a caller's `ref` may hold. */
export const messageText = (message: SliceMessage): string => asciiJson(message);

const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Cuts a part's jobs into slices: by provider, in order, at most 25 jobs and 48 KiB each; a job
 * that is larger by itself goes alone. Both of a pair go together, whatever their size: a slice's worker
 * sees to it that they are revoked in order. The same jobs always make the same slices, so that a
 * repeated intake call sends nothing new.
 */
export function cutSlices(revocation: string, part: number, jobs: readonly IndexedJob[]): Slice[] {
  const slices: Slice[] = [];
  for (const [provider, own] of groupBy(jobs, (job) => job.provider)) {
    let current: IndexedJob[] = [];
    let bytes = envelopeBytes;
    const close = () => {
      if (current.length === 0) return;
      const jobs = current.sort((a, b) => a.index - b.index);
      slices.push({ revocation, part, slice: slices.length, provider, jobs });
      current = [];
      bytes = envelopeBytes;
    };
    for (const unit of unitsOf(own)) {
      const size = unit.reduce((sum, job) => sum + messageBytes(job), 0);
      const full = current.length + unit.length > maximumJobsPerSlice;
      if (full || bytes + size > maximumSliceBytes) close();
      current.push(...unit);
      bytes += size;
    }
    close();
  }
  return slices;
}

/** Jobs that must share a message: both of a pair, each other job by itself. */
export function unitsOf<
  Job extends { readonly index: number; readonly after?: number | undefined },
>(jobs: readonly Job[]): Job[][] {
  const byIndex = new Map(jobs.map((job) => [job.index, job]));
  const second = new Set(jobs.flatMap(({ after }) => after ?? []));
  return jobs
    .filter(({ index }) => !second.has(index))
    .map((job) => {
      const partner = job.after === undefined ? undefined : byIndex.get(job.after);
      return partner === undefined ? [job] : [job, partner];
    });
}
