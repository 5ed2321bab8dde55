import { type ColumnSettings, type Place, resolveColumns } from './columns.ts';
import { type CsvRecord, csvRecords, guessDelimiter } from './csv.ts';
import { InputFault } from './input-fault.ts';
import type { Line } from './lines.ts';
import { flawed, type Read, readJob } from './row.ts';

/** What the command line says about a CSV file. */
export interface CsvSettings extends ColumnSettings {
  /** Guessed from the header, unless told. */
  readonly delimiter?: string | undefined;
  /** Names of the columns of a file that has no header. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * The jobs of a CSV file, a block at a time.
 *
 * @throws InputFault when it is no CSV; UsageFault when its columns are not what is needed
 */
export async function* readCsv(
  blocks: AsyncIterable<readonly Line[]>,
  settings: CsvSettings,
): AsyncGenerator<readonly Read[]> {
  const { first, all } = await peek(blocks);
  const delimiter = settings.delimiter ?? guessDelimiter(settings.columns?.join() ?? first);
  let places =
    settings.columns === undefined ? undefined : resolveColumns(settings.columns, settings);
  for await (const records of csvRecords(all, delimiter)) {
    const reads: Read[] = [];
    for (const record of records) {
      if (places === undefined) places = resolveColumns(titlesOf(record), settings);
      else reads.push(readRecord(record, places, settings));
    }
    yield reads;
  }
  if (places === undefined) throw new InputFault(undefined, 'The file is empty.');
}

/** The first line that is not empty, and all of them. */
async function peek(blocks: AsyncIterable<readonly Line[]>) {
  const iterator = blocks[Symbol.asyncIterator]();
  const begun: (readonly Line[])[] = [];
  let first: string | undefined;
  while (first === undefined) {
    const { value, done } = await iterator.next();
    if (done === true) break;
    begun.push(value);
    first = value.find(({ text }: Line) => text.trim() !== '')?.text;
  }
  const all = async function* () {
    yield* begun;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { first: first ?? '', all: all() };
}

/** @throws InputFault when more than titles may be in it: they are shown where they mean nothing */
function titlesOf({ line, cells, flaw }: CsvRecord): readonly string[] {
  if (flaw === undefined && !cells.some((cell) => /\p{Cc}/u.test(cell))) return cells;
  throw new InputFault(
    line,
    'This should be the names of the columns, and is more than that: a quote may not be closed where it should, or lines may end by a carriage return alone (convert them: tr "\\r" "\\n").',
  );
}

function readRecord(
  { line, cells, flaw }: CsvRecord,
  places: readonly (Place | undefined)[],
  settings: ColumnSettings,
): Read {
  if (flaw !== undefined) return flawed(line, flaw);
  if (cells.length !== places.length) {
    return flawed(line, `has ${cells.length} cells where the header has ${places.length}`);
  }
  const job = withDefaults({}, settings);
  const parameters: [string, string][] = [];
  for (const [at, place] of places.entries()) {
    const cell = cells[at] ?? '';
    if (place === undefined || cell.trim() === '') continue;
    if (place.kind === 'parameter') parameters.push([place.name, cell]);
    else job[place.name] = cell;
  }
  if (parameters.length > 0) job.parameters = Object.fromEntries(parameters);
  return readJob(line, job);
}

/** What holds for jobs that say nothing else. */
export function withDefaults(
  job: Record<string, unknown>,
  { provider, tokenType }: ColumnSettings,
): Record<string, unknown> {
  if (provider !== undefined) job.provider ??= provider;
  if (tokenType !== undefined) job.tokenType ??= tokenType;
  return job;
}
