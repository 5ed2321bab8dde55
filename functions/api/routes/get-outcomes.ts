import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { jobId } from '../../../shared/domain/job.ts';
import { outcomes, shownOutcome } from '../../../shared/domain/outcome.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import type { ListedSlice, SlicePosition } from '../../../shared/store/slices.ts';
import type { OutcomeRow } from '../contract/answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { findRevocation } from './get-revocation.ts';
import { collectPage, type Start } from './page.ts';
import { limit, parseQuery } from './query.ts';

export const getOutcomesQuery = z.strictObject({
  outcome: z.enum([...outcomes, 'queued']).optional(),
  cursor: z.string().optional(),
  limit,
});

/** Part and slice of the last slice used up (-1: none yet), and rows used of the one behind it. */
const position = z.tuple([z.int().min(-1), z.int().min(-1), z.int().min(0)]);

/** `GET /v1/revocations/{id}/outcomes`: one row a job that has been tried. */
export async function getOutcomes(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(getOutcomesQuery, event);
  const start = startOf(decodeCursor(position, query.cursor));
  const { id } = await findRevocation(event, deps, caller);
  const { items, next } = await collectPage<SlicePosition, ListedSlice, OutcomeRow>(
    {
      fetch: async (count, after) => {
        const { slices, more } = await deps.slices.list(id, count, after);
        return { groups: slices, more };
      },
      rowsOf: (slice) => rowsOf(id, slice),
      keep: (row) => query.outcome === undefined || row.outcome === query.outcome,
    },
    query.limit,
    start,
  );
  return json(200, { items, cursor: next && cursorOf(next) });
}

const startOf = (
  cursor: z.infer<typeof position> | undefined,
): Start<SlicePosition> | undefined => {
  if (cursor === undefined) return undefined;
  const [part, slice, skip] = cursor;
  return { after: part < 0 ? undefined : { part, slice }, skip };
};

const cursorOf = ({ after, skip }: Start<SlicePosition>): string =>
  encodeCursor([after?.part ?? -1, after?.slice ?? -1, skip]);

const rowsOf = (revocation: string, { part, provider, records }: ListedSlice): OutcomeRow[] =>
  [...records].map(([index, record]) => ({
    job: jobId({ revocation, part, index }),
    part,
    index,
    ref: record.ref,
    provider,
    tokenType: record.tokenType,
    ...shownOutcome(record),
    detail: record.detail,
    attempts: record.attempts,
    httpStatus: record.httpStatus,
    fingerprint: record.fingerprint,
    decision: record.decision,
    updatedAt: new Date(record.at * 1000).toISOString(),
  }));
