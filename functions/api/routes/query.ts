import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { Problem } from '../../../shared/http/problem.ts';

/** `limit` of a list: rows a page. */
export const limit = z.coerce.number().int().min(1).max(500).default(100);

/** @throws Problem `invalid-parameter` listing every parameter that is wrong or unknown */
export function parseQuery<Query>(schema: z.ZodType<Query>, event: APIGatewayProxyEventV2): Query {
  const parsed = schema.safeParse(event.queryStringParameters ?? {});
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-parameter', 'The query is not valid.', {
    errors: parsed.error.issues.map((issue) => ({
      pointer: issue.path.map(String).join('.'),
      detail:
        issue.code === 'unrecognized_keys' ? 'has a parameter that is not known' : issue.message,
    })),
  });
}
