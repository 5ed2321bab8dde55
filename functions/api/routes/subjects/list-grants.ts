import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { conclude } from '../../../../shared/grants/conclude.ts';
import type { Grant } from '../../../../shared/grants/grant.ts';
import type { Caller } from '../../../../shared/http/caller.ts';
import { decodeCursor, encodeCursor } from '../../../../shared/http/cursor.ts';
import { json } from '../../../../shared/http/problem.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { visibleTo } from '../../authorization.ts';
import type { ApiDependencies } from '../../dependencies.ts';
import { subjectOf } from '../../subjects/named.ts';
import { grantRow } from '../../subjects/row.ts';
import { limit, parseQuery } from '../query.ts';

export const listGrantsQuery = z.strictObject({ cursor: z.string().optional(), limit });

const position = z.tuple([z.string().min(1).max(160)]);

/**
 * `GET /v1/subjects/{subject}/grants`: without their tokens. A page may hold fewer than asked for. Its
 * cursor names a grant that the caller may see: what others have shows in none.
 */
export async function listGrants(
  event: APIGatewayProxyEventV2,
  deps: ApiDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(listGrantsQuery, event);
  const after = decodeCursor(position, query.cursor)?.[0];
  const subject = subjectKey(subjectOf(event), await deps.secrets.sealingKeys());
  const { grants } = deps.registry;
  const isVisible = visibleTo(caller, deps.access);
  const visible: Grant[] = [];
  let next = after;
  do {
    const page = await grants.page(subject, query.limit, next);
    visible.push(...page.grants.filter(({ registeredBy }) => isVisible(registeredBy)));
    next = page.next;
  } while (visible.length === 0 && next !== undefined);
  const known = await conclude(visible, { ...deps, grants });
  const last = visible.at(-1);
  return json(200, {
    items: known.flatMap((grant) => grantRow(grant, subject) ?? []),
    cursor: next === undefined || last === undefined ? undefined : encodeCursor([last.grantId]),
  });
}
