import * as z from 'zod';
import type { ParkReason } from '../../shared/domain/outcome.ts';
import type { Caller } from '../support/caller.ts';

const answer = z.object({ more: z.literal(true).optional(), cursor: z.string().optional() });

/** Calls that one redrive may take; a ledger under faults may always have something left over. */
const maximumCalls = 20;

/** What is to be sent again. */
export type Filter = { readonly reason: ParkReason } | { readonly revocation: string };

/** Sends what is parked again, call by call, as an operator’s script does. */
export async function redrive({ api }: Caller, filter: Filter): Promise<void> {
  let cursor: string | undefined;
  for (let calls = 0; calls < maximumCalls; calls += 1) {
    try {
      const body = JSON.stringify({ ...filter, ...(cursor !== undefined && { cursor }) });
      const answered = await api('/v1/dead-letters/redrive', { method: 'POST', body });
      if (!answered.ok) continue;
      const told = answer.parse(await answered.json());
      if (told.more === undefined) return;
      cursor = told.cursor;
    } catch {
      // The API is being killed, or the stack: what was not sent is still in the ledger.
    }
  }
}
