import { type Counts, countsOf, type Revocation } from '../domain/revocation.ts';

/** What a completion says, wherever it is published. */
export interface CompletionEvent {
  /** The same each time this completion is published, and of no other one. */
  readonly event: string;
  readonly id: string;
  readonly label?: string | undefined;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly completedAt: string | undefined;
  /** 0 for the first completion; one more each time parked jobs were sent again. */
  readonly round: number;
  readonly counts: Counts;
  /** Grants of its person that it does not revoke, though a token of theirs may live; absent for none. */
  readonly leftAlive?: number | undefined;
  /** Whether every token is dead: revoked, invalid already, or expired; and none was left alive. */
  readonly allDead: boolean;
}

/** @param revocation with all its parts counted */
export function completionEvent(revocation: Revocation): CompletionEvent {
  const { id, label, requestedBy, createdAt, completedAt, reopens: round = 0 } = revocation;
  const { leftAlive } = revocation;
  const counts = countsOf(revocation);
  return {
    event: `${id}-${round}`,
    id,
    label,
    requestedBy,
    createdAt,
    completedAt,
    round,
    counts,
    leftAlive,
    allDead:
      counts.parked + counts.abandoned + counts.unsupported + counts.queued + (leftAlive ?? 0) ===
      0,
  };
}
