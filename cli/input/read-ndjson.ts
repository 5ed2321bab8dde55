import { type ColumnSettings, fieldPlace, placeOf } from './columns.ts';
import { InputFault } from './input-fault.ts';
import type { Line } from './lines.ts';
import { withDefaults } from './read-csv.ts';
import { flawed, type Read, readJob } from './row.ts';

/** The jobs of a file with one JSON object a line, a block at a time. Empty lines are none. */
export async function* readNdjson(
  blocks: AsyncIterable<readonly Line[]>,
  settings: ColumnSettings,
): AsyncGenerator<readonly Read[]> {
  const fieldOf = namer(settings);
  for await (const block of blocks) {
    if (block[0]?.number === 1 && /^\s*\[/.test(block[0].text)) {
      throw new InputFault(
        1,
        'This is one JSON list. Make it one object a line: jq -c ".[]" FILE.',
      );
    }
    yield block
      .filter(({ text }) => text.trim() !== '')
      .map(({ number, text }) => readLine(number, text, fieldOf, settings));
  }
}

type FieldOf = (key: string) => string | undefined;

/** By which name of the contract a key goes; it is asked again for each line. */
function namer({ map }: ColumnSettings): FieldOf {
  const known = new Map<string, string | undefined>(
    Object.entries(map).map(([field, key]) => [key, fieldPlace(field).name]),
  );
  const mapped = new Set(known.values());
  return (key) => {
    if (known.has(key)) return known.get(key);
    const own = key === 'parameters' ? key : placeOf(key)?.name;
    const name = own === undefined || mapped.has(own) ? undefined : own;
    // Keys come from the file, so that only those that mean something may be remembered.
    if (name !== undefined) known.set(key, name);
    return name;
  };
}

function readLine(line: number, text: string, fieldOf: FieldOf, settings: ColumnSettings): Read {
  const given = objectOf(text);
  if (given === undefined) return flawed(line, 'is not one JSON object');
  const job: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (value === null) continue;
    const name = fieldOf(key);
    if (name === undefined) {
      if (settings.ignoreUnknown) continue;
      return flawed(
        line,
        'has a field that means nothing to Rescind; --ignore-unknown leaves such out',
      );
    }
    if (job[name] !== undefined) return flawed(line, 'has two fields for the same', name);
    job[name] = value;
  }
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
