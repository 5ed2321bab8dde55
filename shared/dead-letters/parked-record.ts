import type { JobRecord } from '../domain/outcome.ts';
import type { LedgerJob } from '../store/ledger-entry.ts';

/** What the ledger knows of a parked job whose slice item has been forgotten: it keeps longer. */
export const parkedRecord = ({
  ref,
  fingerprint,
  tokenType,
  reason,
  detail,
  attempts,
  httpStatus,
}: LedgerJob): JobRecord => ({
  ref,
  fingerprint,
  tokenType,
  outcome: 'parked',
  reason,
  detail,
  attempts,
  httpStatus,
  at: 0,
});
