import * as z from 'zod';
import { type Formatted, Newer } from '../domain/newer.ts';
import type { SlicePlace } from '../domain/slice.ts';
import type { Bindings, Item } from './table.ts';

/**
 * The formats in which items are written, kept in their attribute `schema`. An item without one is
 * of format 1.
 *
 * An attribute that older versions may ignore and lose is added without a new number. For anything
 * else the number is raised: older versions then neither work by such an item nor write to it.
 */
export const schemas = {
  /** 2 where a job is `expired`, or the revocation has further parts. */
  part: 2,
  /** 2 where a job is `expired`, or its token `foundAlive`: older versions know neither. */
  'slice item': 2,
  /** 2 added `acceptedAt`. */
  'ledger entry': 2,
  grant: 1,
} as const satisfies Partial<Record<Formatted, number>>;

/** The number of a slice item or a part with none of that: every version knows such ones. */
export const withoutExpired = 1;

type ItemKind = keyof typeof schemas;

const stated = z.int().default(1);

/** @throws Newer when a newer version wrote the item */
export function refuseNewer(item: Item, kind: ItemKind, place?: SlicePlace): void {
  const schema = stated.safeParse(item.schema);
  if (!schema.success) throw new Newer(kind, undefined, place);
  if (schema.data > schemas[kind]) throw new Newer(kind, schema.data, place);
}

/**
 * Reads an item for people to see: one of a newer format is shown as far as it is understood.
 *
 * @throws Newer when that is not far enough
 */
export function parseForDisplay<Parsed>(
  schema: z.ZodType<Parsed>,
  item: Item,
  kind: ItemKind,
): Parsed {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  refuseNewer(item, kind);
  throw parsed.error;
}

/** What an update must add to its condition so that a newer item stays as it is. */
export const notNewer = (kind: ItemKind): { condition: string } & Required<Bindings> => ({
  condition: '(attribute_not_exists(#schema) OR #schema <= :schema)',
  names: { '#schema': 'schema' },
  values: { ':schema': schemas[kind] },
});
