import { InputFault } from './input-fault.ts';
import type { Line } from './lines.ts';

/** A record with the line that it begins at. */
export interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
  /** What is wrong with it as CSV. */
  readonly flaw?: string;
}

/** Longer ones are a quote that nobody has closed. */
const longestRecord = 256 * 1024;

/**
 * Reads CSV as RFC 4180 has it: cells in quotes may hold line ends, delimiters and doubled quotes. A
 * quote within a cell that does not begin with one is a character like others. Empty lines are no
 * records.
 *
 * @throws InputFault for a quote that is not closed: what is behind it cannot be told apart
 */
export async function* csvRecords(
  blocks: AsyncIterable<readonly Line[]>,
  delimiter: string,
): AsyncGenerator<readonly CsvRecord[]> {
  let open: { readonly line: number; readonly text: string } | undefined;
  for await (const block of blocks) {
    const records: CsvRecord[] = [];
    for (const { number, text } of block) {
      const line = open?.line ?? number;
      const whole: string = open === undefined ? text : `${open.text}\n${text}`;
      if (open === undefined && text.trim() === '') continue;
      // Where lines keep it: within quotes it belongs to a cell, behind them to the line's end.
      const ended = whole.endsWith('\r') ? whole.slice(0, -1) : whole;
      if (!ended.includes('"')) {
        records.push({ line, cells: ended.split(delimiter) });
        continue;
      }
      const record = readQuoted(ended, delimiter);
      open = record === undefined ? { line, text: whole } : undefined;
      if (record !== undefined) records.push({ line, ...record });
      else if (whole.length > longestRecord) throw notClosed(line);
    }
    yield records;
  }
  if (open !== undefined) throw notClosed(open.line);
}

/** @returns undefined when a quote is still open at the end */
function readQuoted(text: string, delimiter: string): Omit<CsvRecord, 'line'> | undefined {
  const cells: string[] = [];
  let flaw: string | undefined;
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return undefined;
      cells.push(text.slice(at + 1, end).replaceAll('""', '"'));
      at = end + 1;
      if (at < text.length && text[at] !== delimiter) {
        flaw = 'has characters behind a closing quote';
        at = nextDelimiter(text, at, delimiter);
      }
    } else {
      const end = nextDelimiter(text, at, delimiter);
      cells.push(text.slice(at, end));
      at = end;
    }
    if (at >= text.length) return { cells, ...(flaw !== undefined && { flaw }) };
    at += 1;
  }
}

/** Where the quote is that ends a cell; doubled ones belong to it. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}

const nextDelimiter = (text: string, from: number, delimiter: string): number => {
  const end = text.indexOf(delimiter, from);
  return end < 0 ? text.length : end;
};

const notClosed = (line: number): InputFault =>
  new InputFault(
    line,
    'A quote is opened here and never closed, so that what follows cannot be told apart. Double it ("") or close it.',
  );

export const delimiters = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type DelimiterName = keyof typeof delimiters;

/** The delimiter that a header has most of; Excel writes semicolons where the comma is decimal. */
export function guessDelimiter(header: string): string {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const [best = ','] = Object.values(delimiters)
    .map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }))
    .toSorted((a, b) => b.count - a.count)
    .map(({ delimiter }) => delimiter);
  return best;
}
