import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { jobId } from '../../../shared/domain/job.ts';
import { parkReasons } from '../../../shared/domain/outcome.ts';
import type { SliceIdentity } from '../../../shared/domain/slice.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import type { LedgerEntry } from '../../../shared/store/ledger.ts';
import type { DeadLetterRow } from '../contract/answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { collectPage, type Start } from './page.ts';
import { limit, parseQuery } from './query.ts';

export const getDeadLettersQuery = z.strictObject({
  provider: z.string().optional(),
  reason: z.enum(parkReasons).optional(),
  cursor: z.string().optional(),
  limit,
});

/** The last slice used up (null: none yet), and rows used of the one behind it. */
const position = z.tuple([
  z.tuple([z.string(), z.string(), z.int().min(0), z.int().min(0)]).nullable(),
  z.int().min(0),
]);

/** `GET /v1/dead-letters`: one row a parked job, by provider and age. */
export async function getDeadLetters(
  event: APIGatewayProxyEventV2,
  { ledger }: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(getDeadLettersQuery, event);
  const start = startOf(decodeCursor(position, query.cursor));
  const { items, next } = await collectPage<SliceIdentity, LedgerEntry, DeadLetterRow>(
    {
      fetch: async (count, after) => {
        const { entries, more } = await ledger.list(query.provider, count, after);
        return { groups: entries, more };
      },
      rowsOf,
      keep: ({ reason }) => query.reason === undefined || reason === query.reason,
    },
    query.limit,
    start,
  );
  return json(200, { items, cursor: next && cursorOf(next) });
}

const startOf = (
  cursor: z.infer<typeof position> | undefined,
): Start<SliceIdentity> | undefined => {
  if (cursor === undefined) return undefined;
  const [after, skip] = cursor;
  if (after === null) return { after: undefined, skip };
  const [provider, revocation, part, slice] = after;
  return { after: { provider, revocation, part, slice }, skip };
};

const cursorOf = ({ after, skip }: Start<SliceIdentity>): string =>
  encodeCursor([
    after === undefined ? null : [after.provider, after.revocation, after.part, after.slice],
    skip,
  ]);

const rowsOf = ({ revocation, part, provider, jobs }: LedgerEntry): DeadLetterRow[] =>
  jobs.map(({ index, ...job }) => ({
    id: jobId({ revocation, part, index }),
    revocation,
    provider,
    ...job,
  }));
