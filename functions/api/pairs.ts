import type { Job } from '../../shared/domain/job.ts';
import type { SubmittedJob } from './contract/submission.ts';

/** One token of a submission, with its place among the submission's jobs. */
export interface IntakeJob extends Job {
  /** Position in its part. */
  readonly index: number;
  readonly provider: string;
  readonly ref?: string | undefined;
  /** Epoch seconds. */
  readonly expiresAt?: number | undefined;
  /** Index of the job that is to be done before this one. */
  readonly after?: number | undefined;
}

/**
 * Makes two jobs of each pair. Every job keeps its position as its index; the refresh tokens come
 * behind them all, in the order of their pairs. A refresh token is to be revoked first: as long as it
 * lives its owner can get another access token.
 */
export function splitPairs(submitted: readonly SubmittedJob[]): IntakeJob[] {
  const first: IntakeJob[] = [];
  const behind: IntakeJob[] = [];
  for (const [index, job] of submitted.entries()) {
    const { accessToken, refreshToken } = halvesOf(job);
    if (refreshToken === undefined) {
      first.push({ ...accessToken, index });
      continue;
    }
    const after = submitted.length + behind.length;
    first.push({ ...accessToken, index, after });
    behind.push({ ...refreshToken, index: after });
  }
  return [...first, ...behind];
}

/** How many jobs a list of submitted ones makes. */
export const countTokens = (submitted: readonly SubmittedJob[]): number =>
  submitted.length + submitted.filter(({ refreshToken }) => refreshToken !== undefined).length;

/** One half of a pair, or a job that has no other. */
export type Half = Omit<IntakeJob, 'index' | 'after'>;

/** A submitted job's own half, and its refresh token's, if it came with one. */
export function halvesOf({ refreshToken, expiresAt, refreshExpiresAt, ...job }: SubmittedJob): {
  readonly accessToken: Half;
  readonly refreshToken: Half | undefined;
} {
  if (refreshToken === undefined) {
    return { accessToken: { ...job, ...expiryOf(expiresAt) }, refreshToken: undefined };
  }
  return {
    accessToken: { ...job, ...expiryOf(expiresAt), tokenType: 'access_token' },
    refreshToken: {
      ...job,
      ...expiryOf(refreshExpiresAt),
      token: refreshToken,
      tokenType: 'refresh_token',
    },
  };
}

const expiryOf = (timestamp: string | undefined): Pick<Half, 'expiresAt'> =>
  timestamp === undefined ? {} : { expiresAt: epochSecondsOf(timestamp) };

/** 9999-12-31T23:59:59Z, behind which ISO 8601 has years of more digits than readers expect. */
const latest = 253_402_300_799;

/** Rounded up: a token is not to be called expired before it is. */
const epochSecondsOf = (timestamp: string): number =>
  Math.min(latest, Math.max(0, Math.ceil(Date.parse(timestamp) / 1000)));
