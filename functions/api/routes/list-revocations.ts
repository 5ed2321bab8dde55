import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { decodeCursor, encodeCursor } from '../../../shared/http/cursor.ts';
import { json } from '../../../shared/http/problem.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { limit, parseQuery } from './query.ts';
import { revocationAnswer } from './revocation-answer.ts';

export const listRevocationsQuery = z.strictObject({ cursor: z.string().optional(), limit });

const position = z.tuple([z.string().regex(revocationIdPattern)]);

/** `GET /v1/revocations`: newest first. */
export async function listRevocations(
  event: APIGatewayProxyEventV2,
  { revocations }: ApiDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  const query = parseQuery(listRevocationsQuery, event);
  const after = decodeCursor(position, query.cursor)?.[0];
  const { items, more } = await revocations.list(query.limit, after);
  const last = items.at(-1);
  return json(200, {
    items: items.map(revocationAnswer),
    cursor: more && last !== undefined ? encodeCursor([last.id]) : undefined,
  });
}
