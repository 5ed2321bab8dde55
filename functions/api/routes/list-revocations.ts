import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { type Revocation, revocationIdPattern } from '../../../shared/domain/revocation.ts';
import type { Caller } from '../../../shared/http/caller.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import { withAllParts } from '../../../shared/store/count-parts.ts';
import { visibleTo } from '../authorization.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limit, parseQuery } from './query.ts';
import { revocationAnswer } from './revocation-answer.ts';

export const listRevocationsQuery = z.strictObject({ cursor: z.string().optional(), limit });

const position = z.tuple([z.string().regex(revocationIdPattern)]);

/** Reads of the table for one page: who has few revocations among many must not have it all read. */
const maximumReads = 5;
/** Revocations of a further read. */
const furtherRead = 100;
/** Parts read at most for one page, unless its first revocation alone has more. */
const maximumPartsRead = 2000;

/**
 * `GET /v1/revocations`: newest first. Where others' are left out, or some have very many parts, a page
 * may hold fewer than asked for, or none, and still have a cursor.
 */
export async function listRevocations(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(listRevocationsQuery, event);
  const after = decodeCursor(position, query.cursor)?.[0];
  const { items, next } = await collect(query.limit, after, visibleTo(caller, deps.access), deps);
  const counted = await Promise.all(items.map((revocation) => withAllParts(revocation, deps)));
  return json(200, {
    items: counted.map(revocationAnswer),
    cursor: next === undefined ? undefined : encodeCursor([next]),
  });
}

async function collect(
  wanted: number,
  start: string | undefined,
  isVisible: (requestedBy: string) => boolean,
  { revocations }: Pick<ApiDependencies, 'revocations'>,
): Promise<{ items: Revocation[]; next: string | undefined }> {
  const items: Revocation[] = [];
  let next = start;
  let parts = 0;
  for (let reads = 0; reads < maximumReads; reads += 1) {
    const page = await revocations.list(reads === 0 ? wanted : furtherRead, next);
    for (const revocation of page.items) {
      if (items.length === wanted) return { items, next };
      if (isVisible(revocation.requestedBy)) {
        parts += revocation.parts?.numbers.size ?? 0;
        if (items.length > 0 && parts > maximumPartsRead) return { items, next };
        items.push(revocation);
      }
      next = revocation.id;
    }
    next = page.next;
    if (next === undefined || items.length === wanted) return { items, next };
  }
  return { items, next };
}
