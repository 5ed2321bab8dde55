import { type ColumnSettings, fieldPlace, nameOf, type Place, placeOf } from './columns.ts';
import { InputFault } from './input-fault.ts';
import type { Line } from './lines.ts';
import { withDefaults } from './read-csv.ts';
import { flawed, type Read, readJob } from './row.ts';

/** The jobs of a file with one JSON object a line, a block at a time. Empty lines are none. */
export async function* readNdjson(
  blocks: AsyncIterable<readonly Line[]>,
  settings: ColumnSettings,
): AsyncGenerator<readonly Read[]> {
  const placeOfKey = placer(settings);
  for await (const block of blocks) {
    if (block[0]?.number === 1 && /^\s*\[/.test(block[0].text)) {
      throw new InputFault(
        1,
        'This is one JSON list. Make it one object a line: jq -c ".[]" FILE.',
      );
    }
    yield block
      .filter(({ text }) => text.trim() !== '')
      .map(({ number, text }) => readLine(number, text, placeOfKey, settings));
  }
}

type PlaceOfKey = (key: string) => Place | undefined;

/** Where the value of a key goes; it is asked again for each line. */
function placer({ map }: ColumnSettings): PlaceOfKey {
  const known = new Map<string, Place>(
    Object.entries(map).map(([field, key]) => [key, fieldPlace(field)]),
  );
  const mapped = new Set([...known.values()].map(nameOf));
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const own: Place | undefined =
      key === 'parameters' ? { kind: 'field', name: key } : placeOf(key);
    if (own === undefined || mapped.has(nameOf(own))) return undefined;
    // Keys come from the file, so that only those that mean something may be remembered.
    if (own.kind === 'field') known.set(key, own);
    return own;
  };
}

function readLine(
  line: number,
  text: string,
  placeOfKey: PlaceOfKey,
  settings: ColumnSettings,
): Read {
  const given = objectOf(text);
  if (given === undefined) return flawed(line, 'is not one JSON object');
  const job: Record<string, unknown> = {};
  const parameters = new Map<string, unknown>();
  for (const [key, value] of Object.entries(given)) {
    if (value === null) continue;
    const place = placeOfKey(key);
    if (place === undefined) {
      if (settings.ignoreUnknown) continue;
      return flawed(
        line,
        'has a field that means nothing to Rescind; --ignore-unknown leaves such out',
      );
    }
    const { kind, name } = place;
    if (kind === 'field' ? job[name] !== undefined : parameters.has(name)) {
      return flawed(line, 'has two fields for the same', nameOf(place));
    }
    if (kind === 'field') job[name] = value;
    else parameters.set(name, value);
  }
  if (parameters.size > 0 && job.parameters !== undefined) {
    return flawed(line, 'has an object parameters and parameters beside it', 'parameters');
  }
  if (parameters.size > 0) job.parameters = Object.fromEntries(parameters);
  return readJob(line, withDefaults(job, settings));
}

function objectOf(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
