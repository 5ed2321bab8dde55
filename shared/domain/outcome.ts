import type { TokenType } from './job.ts';

/** What became of a job. A job without one is queued. */
export const outcomes = [
  /** The provider revoked the token. */
  'revoked',
  /** The provider says, in a way it documents, that the token was dead already. */
  'already_invalid',
  /** The provider cannot revoke such a token. */
  'unsupported',
  /** Not revoked now; its sealed token waits in the ledger, see `ParkReason`. */
  'parked',
  /** A person decided to give up on a parked job; its sealed token is erased. */
  'abandoned',
  /** Its own expiry passed while it was parked: dead by the clock, not by what anyone did. */
  'expired',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Why a job is parked. */
export const parkReasons = [
  /** Tried `retry.maxAttempts` times. */
  'exhausted',
  /** Our credentials or configuration were wrong at every try. */
  'misconfigured',
  /** The provider will not revoke this token for us, e.g. another client's. */
  'refused',
  /** The worker died each time it handled this job. */
  'crashed',
] as const;
export type ParkReason = (typeof parkReasons)[number];

/** Why we may call a token dead. */
export const evidences = [
  /** The provider's answer to the revocation, taken as it documents it. */
  'accepted',
  /** Introspection said that the token is dead. */
  'verified',
  /** Verification was wanted and this provider offers none. */
  'unverifiable',
] as const;
export type Evidence = (typeof evidences)[number];

/** Who gave up on a job, and why. */
export interface Decision {
  readonly by: string;
  readonly note: string;
}

/** What is written down of one job. Holds no token. */
export interface JobRecord {
  /** The caller's own name for the job. */
  readonly ref?: string | undefined;
  /** Keyed fingerprint of the token. */
  readonly fingerprint: string;
  /** Which kind of token it is, where the caller said so. */
  readonly tokenType?: TokenType | undefined;
  /** Absent while queued. */
  readonly outcome?: Outcome | undefined;
  /**
   * While queued it is `accepted` or absent: the provider has said yes, and the look-up that is to
   * verify it is still to come.
   */
  readonly evidence?: Evidence | undefined;
  /** The provider has said yes, and a look-up found the token alive all the same. */
  readonly foundAlive?: true | undefined;
  /** Why it is parked or, while it is queued, why it would be if its tries ended now. */
  readonly reason?: ParkReason | undefined;
  /** What the last try met: a stable code or sentence. */
  readonly detail?: string | undefined;
  /** Tries so far. Waiting for the lane's pace is not one. */
  readonly attempts: number;
  /** How often the ledger has sent the job again; absent while it never has. */
  readonly redrives?: number | undefined;
  /**
   * Tries that do not count, see `triesOf`: those made before the ledger last sent it again, and since
   * then those that met a 429 or refused credentials.
   */
  readonly triesBefore?: number | undefined;
  /** Calls that were answered. Kept while queued: idempotency keys are counted by it. */
  readonly answers?: number | undefined;
  /** Deaths of the worker while this job was under way alone; absent once it lived through a try. */
  readonly crashes?: number | undefined;
  /** Status of the provider's last answer. */
  readonly httpStatus?: number | undefined;
  /** Of an abandoned job. */
  readonly decision?: Decision | undefined;
  /** Epoch seconds of the last change. */
  readonly at: number;
}

/** What became of a job, as people are shown it. */
export type ShownOutcome = Outcome | 'queued';

/** A job's outcome, and why: what its record says, but for what means nothing yet. */
export const shownOutcome = ({ outcome, evidence, reason }: JobRecord) => ({
  outcome: outcome ?? ('queued' as const),
  evidence,
  // While a job is queued its reason is only what it would be parked for.
  reason: outcome !== undefined && wasParked.has(outcome) ? reason : undefined,
});

const wasParked: ReadonlySet<Outcome> = new Set(['parked', 'abandoned', 'expired']);

/** Tries that count against the provider's `retry.maxAttempts`. */
export const triesOf = ({ attempts, triesBefore = 0 }: JobRecord): number => attempts - triesBefore;

/** Whether only the look-up is missing: if it cannot be made, the provider's word stands. */
export const isAccepted = ({ outcome, evidence }: JobRecord): boolean =>
  outcome === undefined && evidence === 'accepted';

/** A queued job for which nothing more can be done, and whose provider has said yes. */
export const endedUnverified = (record: JobRecord, at: number): JobRecord => ({
  ...record,
  outcome: 'revoked',
  detail: `not verified: ${record.detail ?? 'no look-up could be made'}`,
  reason: undefined,
  crashes: undefined,
  at,
});

/**
 * The record to keep when two deliveries wrote about one job: an outcome never changes or goes
 * back, so what ended first stays. A delivery of before the ledger sent the job again may still end
 * it, but neither park it nor make it wait: that is for the delivery that it was sent again in. One
 * that has only the provider's word cannot end a job whose token another one has found alive.
 */
export function laterRecord(written: JobRecord | undefined, fresh: JobRecord): JobRecord {
  if (written === undefined) return fresh;
  if (written.outcome !== undefined) return written;
  const { attempts, answers, foundAlive, redrives = 0, triesBefore } = written;
  const outdated = (fresh.redrives ?? 0) < redrives;
  const unended = fresh.outcome === undefined || fresh.outcome === 'parked';
  const refuted = foundAlive === true && fresh.evidence === 'accepted';
  // Its provider has said yes to another delivery, so this one's tries may not park it.
  const promised = isAccepted(written) && unended && fresh.foundAlive !== true;
  const stays = (outdated && unended) || refuted || (promised && fresh.outcome === 'parked');
  const uncounted = Math.max(triesBefore ?? 0, fresh.triesBefore ?? 0);
  return {
    ...(stays ? written : fresh),
    ...(promised && { evidence: 'accepted' as const }),
    ...(refuted && { redrives: fresh.redrives }),
    ...(uncounted > 0 && { triesBefore: uncounted }),
    ...(outdated && { redrives, triesBefore }),
    ...(unended && foundAlive && { foundAlive }),
    attempts: Math.max(attempts, fresh.attempts),
    answers: answers === undefined ? fresh.answers : Math.max(answers, fresh.answers ?? 0),
  };
}

/** Now, as records tell time. */
export const epochSeconds = (): number => Math.floor(Date.now() / 1000);
