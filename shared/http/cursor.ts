import type * as z from 'zod';
import { Problem } from './problem.ts';

/** A place in a list, as callers carry it: opaque to them, checked when it comes back. */
export const encodeCursor = (position: readonly unknown[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url');

/** @throws Problem `invalid-parameter` for anything that this list did not give out */
export function decodeCursor<Position>(
  schema: z.ZodType<Position>,
  cursor: string | undefined,
): Position | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new Problem('invalid-parameter', 'The cursor is not one that this list gave out.', {
      errors: [{ pointer: 'cursor', detail: 'leave it out to start from the beginning' }],
    });
  }
}
