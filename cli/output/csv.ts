/**
 * One line of CSV as RFC 4180 has it. A spreadsheet would run a cell that begins like a formula, so
 * that one gets an apostrophe in front.
 */
export const csvLine = (cells: readonly (string | number | undefined)[]): string =>
  `${cells.map(cellOf).join(',')}\r\n`;

function cellOf(value: string | number | undefined): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value}` : (value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
