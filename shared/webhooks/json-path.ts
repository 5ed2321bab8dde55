import { type JsonValue, query } from 'jsonpath-rfc9535';
import parse from 'jsonpath-rfc9535/parser';
import * as z from 'zod';

/** An RFC 9535 JSONPath, checked when the configuration is read. */
export const jsonPath = z
  .string()
  .max(256)
  .refine(isPath, 'must be a JSONPath (RFC 9535) without functions, e.g. $.data.token');

/**
 * Functions are left out: two of them match regular expressions, which some text in an event could
 * make take for ever, and the library finds a misspelled one only when it is called.
 */
function isPath(text: string): boolean {
  try {
    return !JSON.stringify(parse(text)).includes('"type":"FunctionExpr"');
  } catch {
    return false;
  }
}

/** What a path finds in a value that was JSON. */
export const select = (path: string, value: unknown): readonly unknown[] =>
  query(value as JsonValue, path);

/** The strings that a path finds, numbers as text; those in a list that it finds are as good. */
export const selectText = (path: string, value: unknown): readonly string[] =>
  select(path, value)
    .flat()
    .flatMap((found) => {
      if (typeof found === 'string') return found;
      return typeof found === 'number' ? String(found) : [];
    })
    .filter((text) => text !== '');
