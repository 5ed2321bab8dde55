import { printable, widthOf } from './text.ts';

/** A column of a table, made from each row. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number | undefined;
}

/** Rows that are measured together. A longer list is printed as several, each aligned in itself. */
export const rowsMeasured = 500;

/** An aligned table, each line ended; numbers to the right. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  titled = true,
): string {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const texts = cells.map((line) => line.map((cell) => printable(String(cell ?? '-'))));
  const lines = titled ? [columns.map(({ title }) => title), ...texts] : texts;
  const widths = columns.map((_, at) =>
    Math.max(0, ...lines.map((line) => widthOf(line[at] ?? ''))),
  );
  const numeric = columns.map((_, at) =>
    cells.every((line) => line[at] === undefined || typeof line[at] === 'number'),
  );
  return lines
    .map((line) => line.map((text, at) => pad(text, widths[at] ?? 0, numeric[at] === true)))
    .map((line) => `${line.join('  ').trimEnd()}\n`)
    .join('');
}

function pad(text: string, width: number, toRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toRight ? space + text : text + space;
}

/** What a table has beside each other, one below the other: a name and a value a line. */
export const pairs = (entries: readonly (readonly [string, string | number | undefined])[]) =>
  table<(typeof entries)[number]>(
    [
      { title: '', cell: ([name]) => name },
      { title: '', cell: ([, value]) => (value === undefined ? undefined : String(value)) },
    ],
    entries.filter(([, value]) => value !== undefined),
    false,
  );
