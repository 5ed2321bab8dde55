import type * as z from 'zod';
import { listOf } from '../../functions/api/contract/answers.ts';
import type { Api } from './api.ts';

/** Rows that one page is asked to hold: the most that the API gives. */
const pageSize = '500';

/** Every item of a list, page by page. */
export async function* pages<Item>(
  { call }: Api,
  path: string,
  item: z.ZodType<Item>,
  query: Readonly<Record<string, string | undefined>> = {},
): AsyncGenerator<Item> {
  const page = listOf(item);
  let cursor: string | undefined;
  do {
    const search = new URLSearchParams({ limit: pageSize });
    for (const [name, value] of Object.entries({ ...query, cursor })) {
      if (value !== undefined) search.set(name, value);
    }
    const answer = await call(`${path}?${search}`, page);
    yield* answer.items;
    cursor = answer.cursor;
  } while (cursor !== undefined);
}
