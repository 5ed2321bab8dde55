import { submittedJob } from '../../functions/api/contract/submission.ts';
import { UsageFault } from '../faults.ts';
import { printable, shellWord } from '../output/text.ts';

/** Where a cell goes: a field of the job, or one of its parameters. */
export type Place =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'parameter'; readonly name: string };

/** What the command line says about the columns of a file. */
export interface ColumnSettings {
  /** From a field to the column that has it. */
  readonly map: Readonly<Record<string, string>>;
  /** Whether columns that mean nothing to Rescind are left out, rather than refused. */
  readonly ignoreUnknown: boolean;
  /** Of jobs that name none themselves. */
  readonly provider?: string | undefined;
  readonly tokenType?: string | undefined;
}

const fields: readonly string[] = Object.keys(submittedJob.shape).filter(
  (name) => name !== 'parameters',
);

const parameterPrefix = 'parameters.';

/** `Refresh Token`, `refresh_token` and `refreshToken` are one name. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

const byPlainName = new Map(fields.map((name) => [plain(name), name]));

/** What a column is about by its own name. */
export function placeOf(column: string): Place | undefined {
  const name = column.trim();
  if (name.startsWith(parameterPrefix) && name.length > parameterPrefix.length) {
    return { kind: 'parameter', name: name.slice(parameterPrefix.length) };
  }
  const field = byPlainName.get(plain(name));
  return field === undefined ? undefined : { kind: 'field', name: field };
}

/** @throws UsageFault for what is no field */
export function fieldPlace(name: string): Place {
  const place =
    fields.includes(name) || name.startsWith(parameterPrefix) ? placeOf(name) : undefined;
  if (place !== undefined) return place;
  throw new UsageFault(
    `--map takes FIELD=COLUMN, FIELD being one of ${fields.join(', ')} or ${parameterPrefix}NAME.`,
  );
}

/**
 * Reads `--map` values: FIELD=COLUMN, several of them with commas between.
 *
 * @throws UsageFault
 */
export function readMap(given: readonly string[]): Readonly<Record<string, string>> {
  const entries = given
    .flatMap((text) => text.split(','))
    .map((text): [string, string] => {
      const [name = '', ...column] = text.split('=');
      fieldPlace(name.trim());
      return [name.trim(), column.join('=').trim()];
    });
  if (entries.some(([, column]) => column === '')) {
    throw new UsageFault('--map takes FIELD=COLUMN, e.g. --map token=access_token.');
  }
  if (new Set(entries.map(([name]) => name)).size < entries.length) {
    throw new UsageFault('--map names a field twice.');
  }
  return Object.fromEntries(entries);
}

/**
 * Where each column of a header goes; undefined for those that are left out.
 *
 * @throws UsageFault that quotes no column unless it is sure to be one: without a header, the first
 *   line holds a token
 */
export function resolveColumns(
  header: readonly string[],
  settings: ColumnSettings,
): readonly (Place | undefined)[] {
  const mapped = Object.entries(settings.map).map(([field, column]) => {
    const at = findColumn(header, column);
    if (at === undefined) {
      throw new UsageFault(`--map ${field}=…: the file has no such column.`);
    }
    return { field, at };
  });
  const places = header.map((column, at) => {
    const given = mapped.find((each) => each.at === at);
    if (given !== undefined) return fieldPlace(given.field);
    const own = placeOf(column);
    const isTaken = mapped.some(({ field }) => field === nameOf(own));
    return isTaken ? undefined : own;
  });
  checkTwice(places);
  checkNeeded(places, header, settings);
  const unknown = header.filter(
    (column, at) =>
      places[at] === undefined && column.trim() !== '' && nameOf(placeOf(column)) === undefined,
  );
  if (unknown.length > 0 && !settings.ignoreUnknown) {
    const names = unknown.map((name) => `"${printable(name.trim()).slice(0, 60)}"`).join(', ');
    throw new UsageFault(
      `These columns mean nothing to Rescind: ${names}. Map them (--map FIELD=COLUMN), or leave them out with --ignore-unknown.`,
    );
  }
  return places;
}

/** As `--map` has it. */
export const nameOf = (place: Place | undefined): string | undefined =>
  place?.kind === 'parameter' ? `${parameterPrefix}${place.name}` : place?.name;

function findColumn(header: readonly string[], column: string): number | undefined {
  const exact = header.findIndex((name) => name.trim() === column);
  if (exact >= 0) return exact;
  const alike = header.findIndex((name) => name.trim().toLowerCase() === column.toLowerCase());
  return alike >= 0 ? alike : undefined;
}

function checkTwice(places: readonly (Place | undefined)[]): void {
  const seen = new Map<string, number>();
  for (const [at, place] of places.entries()) {
    const name = nameOf(place);
    if (name === undefined) continue;
    const before = seen.get(name);
    if (before !== undefined) {
      throw new UsageFault(
        `Columns ${before + 1} and ${at + 1} are both ${name}. Rename one, or choose with --map.`,
      );
    }
    seen.set(name, at);
  }
}

function checkNeeded(
  places: readonly (Place | undefined)[],
  header: readonly string[],
  { provider }: ColumnSettings,
): void {
  const has = (name: string) => places.some((place) => nameOf(place) === name);
  if (!has('token')) {
    // Only where something else shows that this is a header.
    const isHeader = provider !== undefined || places.some((place) => place !== undefined);
    const likely = header
      .map((name) => name.trim())
      .find((name) => isHeader && likelyTokens.includes(name.toLowerCase()));
    throw new UsageFault(
      likely === undefined
        ? 'No column of the first line is called token. Name it with --map token=COLUMN; if the file has no header, name all with --columns provider,token,….'
        : `No column is called token. Is it this one? --map ${shellWord(`token=${likely}`)}`,
    );
  }
  if (!has('provider') && provider === undefined) {
    throw new UsageFault(
      'No column is called provider. Name it with --map provider=COLUMN; or give --provider ID, if all tokens are of one.',
    );
  }
}

/** Names that others give to tokens: safe to be shown, as they are no tokens themselves. */
const likelyTokens = [
  'access_token',
  'accesstoken',
  'access token',
  'oauth_token',
  'refresh_token',
  'value',
  'secret',
];
