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

/** What is written down of one job. Holds no token. */
export interface JobRecord {
  /** The caller's own name for the job. */
  readonly ref?: string | undefined;
  /** Keyed fingerprint of the token. */
  readonly fingerprint: string;
  /** Absent while queued. */
  readonly outcome?: Outcome | undefined;
  readonly evidence?: Evidence | undefined;
  /** Why it is parked or, while it is queued, why it would be if its tries ended now. */
  readonly reason?: ParkReason | undefined;
  /** What the last try met: a stable code or sentence. */
  readonly detail?: string | undefined;
  /** Tries so far. Waiting for the lane's pace is not one. */
  readonly attempts: number;
  /** Calls that were answered. Kept while queued: idempotency keys are counted by it. */
  readonly answers?: number | undefined;
  /** Deaths of the worker while this job was under way alone; absent once it lived through a try. */
  readonly crashes?: number | undefined;
  /** Status of the provider's last answer. */
  readonly httpStatus?: number | undefined;
  /** Epoch seconds of the last change. */
  readonly at: number;
}

/**
 * The record to keep when two deliveries wrote about one job: an outcome never changes or goes
 * back, so what ended first stays.
 */
export function laterRecord(written: JobRecord | undefined, fresh: JobRecord): JobRecord {
  if (written === undefined) return fresh;
  if (written.outcome !== undefined) return written;
  const { attempts, answers } = written;
  return {
    ...fresh,
    attempts: Math.max(attempts, fresh.attempts),
    answers: answers === undefined ? fresh.answers : Math.max(answers, fresh.answers ?? 0),
  };
}

/** Now, as records tell time. */
export const epochSeconds = (): number => Math.floor(Date.now() / 1000);
