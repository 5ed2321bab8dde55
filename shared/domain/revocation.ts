import { randomBytes } from 'node:crypto';
import { type Outcome, outcomes } from './outcome.ts';

/** Jobs in one part, and so in one intake call. */
export const maximumJobsPerPart = 500;

/** Highest number of a part. The request that makes the revocation is part 0. */
export const maximumPart = 999_999;
/** Parts besides part 0: 5 million jobs. Their numbers stand in the revocation's own item. */
export const maximumParts = 10_000;

/** What one caller asked for. */
export interface Revocation {
  readonly id: string;
  readonly label?: string | undefined;
  /** Who asked: an IAM ARN, a JWT subject, or `local`. */
  readonly requestedBy: string;
  /** Key of the person whose grants it revokes, where it is about one. */
  readonly subject?: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  /** When its intake answered 202; absent when that call failed half-way. */
  readonly acceptedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  /** Jobs of part 0, or of all parts where they have been counted. */
  readonly total: number;
  /** How many of them have each outcome. */
  readonly ended: Readonly<Record<Outcome, number>>;
  /** How often jobs have been taken for queued again; absent for never. */
  readonly reopens?: number | undefined;
  /**
   * Grants of its person that it does not revoke, though a token of theirs may live: they could not be
   * revoked, did not fit, or are another revocation's. Absent for none.
   */
  readonly leftAlive?: number | undefined;
  /** Whether a state machine waits for it, with a task token that is kept sealed. */
  readonly task?: true | undefined;
  /** Absent where it is one part, as it is unless it was opened for more. */
  readonly parts?: FurtherParts | undefined;
}

/** The parts of a revocation besides part 0. */
export interface FurtherParts {
  /** ISO 8601; absent while more may come. */
  readonly closedAt?: string | undefined;
  /** The numbers of those that belong to it. */
  readonly numbers: ReadonlySet<number>;
  /** The numbers of those whose jobs all have an outcome. */
  readonly complete: ReadonlySet<number>;
}

/** A part besides part 0. */
export interface Part extends Pick<Revocation, 'total' | 'ended' | 'acceptedAt'> {
  readonly number: number;
  /** Keyed digest of the request that brought it. */
  readonly digest: string;
}

/** Whether more parts may come. */
export const isOpen = ({ parts }: Pick<Revocation, 'parts'>): boolean =>
  parts !== undefined && parts.closedAt === undefined;

/** Whether every job of these has an outcome, parked included. */
export const haveEnded = (jobs: Pick<Revocation, 'total' | 'ended'>): boolean =>
  countsOf(jobs).queued === 0;

/** Whether every job has an outcome, of part 0 and of all others, and no part is to come. */
export function isComplete(revocation: Revocation): boolean {
  const { numbers = [], complete } = revocation.parts ?? {};
  return (
    haveEnded(revocation) &&
    !isOpen(revocation) &&
    [...numbers].every((number) => complete?.has(number))
  );
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
  if (queued === 0 && revocation.completedAt !== undefined) return 'completed';
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
