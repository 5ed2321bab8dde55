import { styleText } from 'node:util';
import { csvLine } from './csv.ts';
import type { Output } from './output.ts';
import { type Column, rowsMeasured, table } from './table.ts';
import { jsonLine, printable } from './text.ts';

export const listFormats = ['table', 'csv', 'ndjson'] as const;
export type ListFormat = (typeof listFormats)[number];

/**
 * Prints a list as it comes in. `ndjson` has every field that the API answers, the others the columns.
 *
 * @returns how many rows there were
 */
export async function printRows<Row>(
  rows: AsyncIterable<Row>,
  columns: readonly Column<Row>[],
  format: ListFormat,
  { write, colours, isTTY }: Output,
): Promise<number> {
  let printed = 0;
  let waiting: Row[] = [];
  const flush = async () => {
    if (waiting.length === 0 && (printed > 0 || format === 'ndjson')) return;
    const text = render(waiting, isTTY ? columns.map(harmless) : columns, format, printed === 0);
    await write(colours && format === 'table' && printed === 0 ? emphasized(text) : text);
    printed += waiting.length;
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length === rowsMeasured) await flush();
  }
  await flush();
  return printed;
}

/** With its titles in bold. */
const emphasized = (text: string): string =>
  text.replace(/^.*/, (titles) => styleText('bold', titles, { validateStream: false }));

/** Whose cells a terminal may be given; a file gets them as they are. */
const harmless = <Row>({ title, cell }: Column<Row>): Column<Row> => ({
  title,
  cell: (row) => {
    const value = cell(row);
    return typeof value === 'string' ? printable(value) : value;
  },
});

function render<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  format: ListFormat,
  isFirst: boolean,
): string {
  switch (format) {
    case 'table':
      return isFirst && rows.length === 0 ? '' : table(columns, rows, isFirst);
    case 'csv': {
      const lines = rows.map((row) => columns.map(({ cell }) => cell(row)));
      const titles = columns.map(({ title }) => title);
      return (isFirst ? [titles, ...lines] : lines).map(csvLine).join('');
    }
    case 'ndjson':
      return rows.map(jsonLine).join('');
  }
}
