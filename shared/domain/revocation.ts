import { randomBytes } from 'node:crypto';
import { type Outcome, outcomes } from './outcome.ts';

/** Jobs in one part, and so in one intake call. */
export const maximumJobsPerPart = 500;

/** What one caller asked for. */
export interface Revocation {
  readonly id: string;
  readonly label?: string | undefined;
  /** Who asked: an IAM ARN, a JWT subject, or `local`. */
  readonly requestedBy: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** When its intake answered 202; absent when that call failed half-way. */
  readonly acceptedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  /** Jobs in all. */
  readonly total: number;
  /** How many have each outcome. */
  readonly ended: Readonly<Record<Outcome, number>>;
}

export type RevocationStatus = 'queued' | 'running' | 'completed';

/** Counts by outcome, with `total` and the `queued` rest. */
export type Counts = Readonly<Record<Outcome | 'total' | 'queued', number>>;

export function countsOf({ total, ended }: Pick<Revocation, 'total' | 'ended'>): Counts {
  const done = outcomes.reduce((sum, outcome) => sum + ended[outcome], 0);
  return { total, queued: Math.max(0, total - done), ...ended };
}

/**
 * `completed` when every job has an outcome, parked included, and that has been noted; `running`
 * from the first on.
 */
export function statusOf(
  revocation: Pick<Revocation, 'total' | 'ended' | 'completedAt'>,
): RevocationStatus {
  const { total, queued } = countsOf(revocation);
  if (queued === 0) return revocation.completedAt === undefined ? 'running' : 'completed';
  return queued === total ? 'queued' : 'running';
}

/** A new revocation's id: `rev_` and 160 bits, the first 48 of them its time so that ids sort by age. */
export function newRevocationId(now = Date.now()): string {
  const bytes = randomBytes(20);
  bytes.writeUIntBE(now, 0, 6);
  return `rev_${bytes.toString('hex')}`;
}

/** When an id was made, in epoch seconds. */
export const idTime = (id: string): number =>
  Math.floor(Number.parseInt(id.slice('rev_'.length, 'rev_'.length + 12), 16) / 1000);

export const revocationIdPattern = /^rev_[0-9a-f]{40}$/;
