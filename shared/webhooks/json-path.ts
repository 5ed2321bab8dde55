import { exec, type JsonValue, query } from 'jsonpath-rfc9535';
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
  let nodes: Record<string, unknown>[];
  try {
    nodes = nodesOf(text);
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

/** All nodes of a path's syntax tree. @throws Error for what is no path */
function nodesOf(path: string): Record<string, unknown>[] {
  const nodes: Record<string, unknown>[] = [];
  JSON.stringify(parse(path), (_, node) => {
    if (typeof node === 'object' && node !== null) nodes.push({ ...node });
    return node;
  });
  return nodes;
}

const member = z.object({ value: z.string() });
const position = z.object({ selector: z.object({ value: z.number() }) });

const singular = z.object({
  type: z.literal('AbsSingularQuery'),
  segments: z.array(z.object({ node: z.union([member, position]) })),
});

/** What the `$` in a path's comparisons stand for, by path. */
const comparedBy = new Map<string, readonly (readonly (string | number)[])[]>();

function comparedIn(path: string): readonly (readonly (string | number)[])[] {
  const known = comparedBy.get(path);
  if (known !== undefined) return known;
  const compared = nodesOf(path).flatMap((node) => {
    const { data } = singular.safeParse(node);
    if (data === undefined) return [];
    return [data.segments.map(({ node: at }) => ('value' in at ? at.value : at.selector.value))];
  });
  comparedBy.set(path, compared);
  return compared;
}

/** Whether every `$` of a path's comparisons is one value: a large object would be listed each time. */
const comparesValues = (path: string, value: unknown): boolean =>
  comparedIn(path).every((segments) => {
    const there = segments.reduce<unknown>(memberOf, value);
    return typeof there !== 'object' || there === null;
  });

function memberOf(value: unknown, key: string | number): unknown {
  if (Array.isArray(value)) return typeof key === 'number' ? value.at(key) : undefined;
  if (typeof value !== 'object' || value === null || typeof key === 'number') return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}

/** What a path finds in a value that was JSON. */
export const select = (path: string, value: unknown): readonly unknown[] =>
  comparesValues(path, value) ? query(value as JsonValue, path) : [];

/** Where something stands: names of members and positions in lists, from the event on. */
export type Place = readonly (string | number)[];

/** A text with its place, or that of the list that it is in. */
export interface Found {
  readonly text: string;
  readonly place: Place;
}

/** The same as `selectText`, with places. */
export function selectPlaced(path: string, value: unknown): readonly Found[] {
  const all: Found[] = [];
  if (!comparesValues(path, value)) return all;
  exec(value as JsonValue, path, (found, place) => {
    for (const text of textsOf(found)) all.push({ text, place });
  });
  return all;
}

/**
 * The strings that a path finds, whole numbers as text; those in a list that it finds are as good.
 * Other numbers, and larger ones, may not be what was sent: JSON's reader rounds them.
 */
export const selectText = (path: string, value: unknown): readonly string[] =>
  select(path, value).flatMap(textsOf);

const textsOf = (found: unknown): string[] =>
  (Array.isArray(found) ? found : [found])
    .map((each) => (Number.isSafeInteger(each) ? String(each) : each))
    .filter((each) => typeof each === 'string' && each !== '');
