import type { RenderPage, ReportPage, ReportRow } from './page.ts';

/** Name of the column behind those that the statement names. */
export const hashColumn = 'hash';

/** First cells of the two records at the end, where a row has the number of its part. */
export const csvMarks = { statement: 'statement', jws: 'jws' } as const;

/**
 * The CSV of a page, by RFC 4180. Its last two records hold the statement and its signature, with as many
 * cells as a row, so that what reads tables reads all of it.
 */
export const csvPage: RenderPage = (page) =>
  `${csvHead(page.statement.columns)}${page.rows.map(csvRow).join('')}${csvFoot(page)}`;

export const csvHead = (columns: readonly string[]): string => record([...columns, hashColumn]);

export const csvRow = ({ cells, hash }: ReportRow): string => record([...cells, hash]);

export const csvFoot = ({ statement, jws }: Pick<ReportPage, 'statement' | 'jws'>): string =>
  csvEnd(statement.columns.length, JSON.stringify(statement), jws);

/** @param columns how many a row has besides its hash */
export function csvEnd(columns: number, statement: string, jws: string): string {
  const rest = Array.from({ length: columns - 1 }, () => '');
  const shown = record([csvMarks.statement, statement, ...rest]);
  return `${shown}${record([csvMarks.jws, jws, ...rest])}`;
}

const record = (cells: readonly string[]): string => `${cells.map(written).join(',')}\r\n`;

/** Full-width signs, and those behind spaces, are formulas to some spreadsheets. */
const needsGuard = /^['\s=+\-@\uff1d\uff0b\uff0d\uff20]/;
const needsQuotes = /[",;\t\r\n]/;

/**
 * A spreadsheet would run a cell that begins like a formula, so that one gets an apostrophe in front;
 * and so does one that begins with an apostrophe, since that would not come back otherwise.
 */
function written(text: string): string {
  const guarded = needsGuard.test(text) ? `'${text}` : text;
  return needsQuotes.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** The text that a cell stands for. */
export const unguarded = (cell: string): string => (cell.startsWith("'") ? cell.slice(1) : cell);
