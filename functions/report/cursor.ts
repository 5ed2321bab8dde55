import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { Problem } from '../../shared/http/problem.ts';
import { firstHash } from '../../shared/report/chain.ts';
import { columns } from '../../shared/report/columns.ts';
import { tally } from '../../shared/report/statement.ts';

/** How far a report has been read: what the next page goes on from. */
const readSoFar = z.object({
  /** ISO 8601: when its first page was. */
  began: z.string(),
  /** The last slice that was used up; absent before the first. */
  after: z.object({ part: z.int(), slice: z.int() }).optional(),
  rows: z.int(),
  tally,
  /** The chain's, after the last row. */
  hash: z.string(),
});
export type ReadSoFar = z.infer<typeof readSoFar>;

/** What a revocation's report begins with. */
export const nothingRead = (revocation: string): ReadSoFar => ({
  began: new Date().toISOString(),
  rows: 0,
  tally: {
    queued: 0,
    revoked: 0,
    already_invalid: 0,
    unsupported: 0,
    parked: 0,
    abandoned: 0,
    expired: 0,
  },
  hash: firstHash(revocation, columns),
});

/** Cursors of one revocation's report. */
export interface Cursors {
  readonly encode: (so: ReadSoFar) => string;
  /** @throws Problem `invalid-parameter` for all that this report did not give out */
  readonly decode: (cursor: string) => ReadSoFar;
}

/**
 * A cursor says what will be signed next, so it is authenticated: whoever could make one up could
 * have a chain signed with rows left out. It is bound to what the chain begins with, and so to the
 * revocation, the format and the columns.
 *
 * @param key of the seed that signs now
 */
export function cursorsOf(key: Uint8Array, revocation: string): Cursors {
  const macOf = (text: string): string =>
    createHmac('sha256', key)
      .update(`${firstHash(revocation, columns)}\n${text}`)
      .digest('base64url');
  return {
    encode: (so) => {
      const text = Buffer.from(JSON.stringify(so)).toString('base64url');
      return `${text}.${macOf(text)}`;
    },
    decode: (cursor) => {
      const [text = ''] = cursor.split('.', 1);
      if (!isEqual(cursor, `${text}.${macOf(text)}`)) throw notOurs();
      return readSoFar.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    },
  };
}

function isEqual(given: string, own: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(own)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const notOurs = (): Problem =>
  new Problem('invalid-parameter', 'The cursor is not one that this report gave out.', {
    errors: [
      {
        pointer: 'cursor',
        detail:
          'leave it out to start from the beginning; cursors of before the signing key was rotated are no longer taken',
      },
    ],
  });
