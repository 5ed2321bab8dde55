import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { jobId } from '../../../shared/domain/job.ts';
import { parkReasons } from '../../../shared/domain/outcome.ts';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import type { SliceIdentity } from '../../../shared/domain/slice.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import { providerId } from '../../../shared/providers/configuration.ts';
import { type LedgerEntry, stateOf } from '../../../shared/store/ledger-entry.ts';
import type { DeadLetterRow } from '../contract/answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { collectPage, type Start } from './page.ts';
import { limit, parseQuery } from './query.ts';

export const getDeadLettersQuery = z.strictObject({
  provider: providerId.optional(),
  reason: z.enum(parkReasons).optional(),
  cursor: z.string().optional(),
  limit,
});

/**
 * The last slice used up (null: none yet), and rows used of the one behind it. DynamoDB refuses a
 * place that lies outside the list, so one provider's cursor is not for another's.
 */
const positionAt = (provider: string | undefined) =>
  z.tuple([
    z
      .tuple([
        provider === undefined ? providerId : z.literal(provider),
        z.string().regex(revocationIdPattern),
        z.int().min(0),
        z.int().min(0),
      ])
      .nullable(),
    z.int().min(0),
  ]);
type Position = z.infer<ReturnType<typeof positionAt>>;

/** `GET /v1/dead-letters`: one row a parked job, by provider and age. */
export async function getDeadLetters(
  event: APIGatewayProxyEventV2,
  { ledger }: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(getDeadLettersQuery, event);
  const start = startOf(decodeCursor(positionAt(query.provider), query.cursor));
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

const startOf = (cursor: Position | undefined): Start<SliceIdentity> | undefined => {
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
  jobs
    .filter((job) => stateOf(job) === 'parked')
    .map(({ index, ref, reason, detail, attempts, redrives = 0, httpStatus, ...job }) => ({
      id: jobId({ revocation, part, index }),
      revocation,
      provider,
      ref,
      reason,
      detail,
      attempts,
      redrives,
      httpStatus,
      fingerprint: job.fingerprint,
      parkedAt: job.parkedAt,
    }));
