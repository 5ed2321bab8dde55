import { type JsonValue, query } from 'jsonpath-rfc9535';
import parse from 'jsonpath-rfc9535/parser';
import * as z from 'zod';

/** An RFC 9535 JSONPath, checked when the configuration is read. */
export const jsonPath = z
  .string()
  .max(256)
  .refine(
    isPath,
    'must be a JSONPath (RFC 9535), e.g. $.data.token: without functions, with .. once at most, in filters with $ in comparisons only, and with few selectors side by side',
  );

/** Ways in which one value may be found by selectors side by side. */
const maximumWays = 16;

/**
 * Only what takes time by an event's size, whatever some text in it makes of it. Functions are left
 * out besides because the library finds a misspelled one only when it is called.
 */
function isPath(text: string): boolean {
  const nodes: Record<string, unknown>[] = [];
  try {
    JSON.stringify(parse(text), (_, node) => {
      if (typeof node === 'object' && node !== null) nodes.push({ ...node });
      return node;
    });
  } catch {
    return false;
  }
  const count = (kind: string) => nodes.filter(({ type }) => type === kind).length;
  const ways = nodes.reduce(
    (product, { selectors }) => product * (Array.isArray(selectors) ? selectors.length : 1),
    1,
  );
  return (
    count('FunctionExpr') === 0 &&
    count('DescendantSegment') <= 1 &&
    // The path itself; in a filter it would look through the whole event for each value.
    count('JsonPathQuery') === 1 &&
    ways <= maximumWays
  );
}

/** What a path finds in a value that was JSON. */
export const select = (path: string, value: unknown): readonly unknown[] =>
  query(value as JsonValue, path);

/**
 * The strings that a path finds, whole numbers as text; those in a list that it finds are as good.
 * Other numbers, and larger ones, may not be what was sent: JSON's reader rounds them.
 */
export const selectText = (path: string, value: unknown): readonly string[] =>
  select(path, value)
    .flat()
    .flatMap((found) => {
      if (typeof found === 'string') return found;
      return Number.isSafeInteger(found) ? String(found) : [];
    })
    .filter((text) => text !== '');
