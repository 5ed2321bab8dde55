import * as z from 'zod';
import { revocationIdPattern } from '../../shared/domain/revocation.ts';
import type { SliceIdentity } from '../../shared/domain/slice.ts';
import { decodeCursor, encodeCursor } from '../../shared/http/cursor.ts';
import { providerId } from '../../shared/providers/configuration.ts';
import type { RedriveRequest } from './contract/dead-letters.ts';

/** How far earlier calls of one redrive have come through the ledger. */
export interface Progress {
  /** The last slice that was dealt with; undefined at the beginning. */
  readonly after: SliceIdentity | undefined;
  /** Whether something could not be sent on the way, so that it takes another round. */
  readonly left: boolean;
}

/** A place outside of what the filters name is refused, as DynamoDB would. */
const positionIn = ({ provider, revocation }: RedriveRequest) =>
  z.tuple([
    provider === undefined || revocation !== undefined ? providerId : z.literal(provider),
    revocation === undefined ? z.string().regex(revocationIdPattern) : z.literal(revocation),
    z.int().min(0),
    z.int().min(0),
    z.boolean(),
  ]);

/** @throws Problem `invalid-parameter` for a cursor that was not given out for these filters */
export function progressOf(request: RedriveRequest): Progress {
  const position = decodeCursor(positionIn(request), request.cursor);
  if (position === undefined) return { after: undefined, left: false };
  const [provider, revocation, part, slice, left] = position;
  return { after: { provider, revocation, part, slice }, left };
}

/** @returns undefined at the beginning, where no cursor is needed */
export function cursorAt({ after, left }: Progress): string | undefined {
  if (after === undefined) return undefined;
  const { provider, revocation, part, slice } = after;
  return encodeCursor([provider, revocation, part, slice, left]);
}
