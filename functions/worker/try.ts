import type { Evidence, JobRecord } from '../../shared/domain/outcome.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { TransportFault } from '../../shared/providers/faults.ts';

/** What one try at one job came to. */
export interface Try {
  readonly verdict: Verdict;
  /** With a verdict that waits, `accepted`: the provider has said yes, only the look-up is missing. */
  readonly evidence?: Evidence;
  /** A look-up has found the token alive after the provider had called it dead, now or before. */
  readonly foundAlive?: true;
  /** Status of the provider's answer to the revocation; absent when there was none. */
  readonly httpStatus?: number;
  /** Revocation calls that were answered, whatever the answer. */
  readonly answers: number;
}

/** A job's identity, and what earlier tries at it came to. */
export interface Earlier extends Pick<JobRecord, 'evidence' | 'foundAlive' | 'httpStatus'> {
  readonly id: string;
  /** Revocation calls that were answered so far. */
  readonly answers: number;
}

/** What a call that threw means for its job. */
export function faultVerdict(error: unknown): Verdict {
  if (error instanceof TransportFault) return { kind: 'unavailable', detail: error.message };
  // An adapter that throws has a bug; its message may quote the token, so only its class is kept.
  const name = error instanceof Error ? error.name : typeof error;
  return { kind: 'unavailable', detail: `the adapter failed: ${name}` };
}
