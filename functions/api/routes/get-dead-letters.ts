import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { jobId } from '../../../shared/domain/job.ts';
import { parkReasons } from '../../../shared/domain/outcome.ts';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import type { SliceIdentity } from '../../../shared/domain/slice.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import { providerId } from '../../../shared/providers/configuration.ts';
import { type LedgerEntry, stateOf, timesSent } from '../../../shared/store/ledger-entry.ts';
import { visibleTo } from '../authorization.ts';
import type { DeadLetterRow } from '../contract/answers.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { tellShut } from '../ledger-jobs.ts';
import { collectPage, type Start } from './page.ts';
import { limit, parseQuery } from './query.ts';

export const getDeadLettersQuery = z.strictObject({
  provider: providerId.optional(),
  revocation: z.string().regex(revocationIdPattern, 'must be the id of a revocation').optional(),
  reason: z.enum(parkReasons).optional(),
  cursor: z.string().optional(),
  limit,
});

type Query = z.infer<typeof getDeadLettersQuery>;

/**
 * The last slice used up (null: none yet), and rows used of the one behind it. DynamoDB refuses a
 * place that lies outside the list, so one provider's cursor is not for another's.
 */
const positionAt = ({ provider, revocation }: Query) =>
  z.tuple([
    z
      .tuple([
        provider === undefined || revocation !== undefined ? providerId : z.literal(provider),
        revocation === undefined ? z.string().regex(revocationIdPattern) : z.literal(revocation),
        z.int().min(0),
        z.int().min(0),
      ])
      .nullable(),
    z.int().min(0),
  ]);
type Position = z.infer<ReturnType<typeof positionAt>>;

/** `GET /v1/dead-letters`: one row a parked job, by provider and age; of a revocation, by slice. */
export async function getDeadLetters(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(getDeadLettersQuery, event);
  const start = startOf(decodeCursor(positionAt(query), query.cursor));
  const { provider, revocation, reason } = query;
  const range = revocation === undefined ? { provider } : { revocation };
  const { items, next } = await collectPage<SliceIdentity, LedgerEntry, DeadLetterRow>(
    {
      fetch: async (count, after) => {
        const { entries, more } = await deps.ledger.list(range, count, after);
        tellShut(entries, deps);
        return { groups: await seenBy(caller, entries, deps), more };
      },
      rowsOf,
      keep: (row) =>
        (reason === undefined || row.reason === reason) &&
        (provider === undefined || row.provider === provider),
    },
    query.limit,
    start,
  );
  return json(200, { items, cursor: next && cursorOf(next) });
}

/**
 * The entries, without the jobs of revocations that the caller may not see. An entry outlives its
 * revocation; nobody is known to have asked for it then.
 */
async function seenBy(
  caller: Caller,
  entries: readonly LedgerEntry[],
  { access, revocations }: Pick<ApiDependencies, 'access' | 'revocations'>,
): Promise<LedgerEntry[]> {
  const isVisible = visibleTo(caller, access);
  if (isVisible(nobody)) return [...entries];
  const requesters = await revocations.requesters(entries.map(({ revocation }) => revocation));
  return entries.map((entry) =>
    isVisible(requesters.get(entry.revocation) ?? nobody) ? entry : { ...entry, jobs: [] },
  );
}

/** No caller has an empty name, so only those who see everything see what is nobody's. */
const nobody = '';

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
    .map(({ index, ref, reason, detail, attempts, httpStatus, ...job }) => ({
      id: jobId({ revocation, part, index }),
      revocation,
      provider,
      ref,
      tokenType: job.tokenType,
      reason,
      detail,
      attempts,
      redrives: timesSent(job),
      httpStatus,
      fingerprint: job.fingerprint,
      parkedAt: job.parkedAt,
      expiresAt:
        job.expiresAt === undefined ? undefined : new Date(job.expiresAt * 1000).toISOString(),
    }));
