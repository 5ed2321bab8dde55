import type { Shown } from '../../shared/report/check.ts';
import type { ReportRow } from '../../shared/report/page.ts';
import type { ReportFormat } from './formats.ts';
import { readCsvReport } from './read-csv.ts';
import { readHtmlReport } from './read-html.ts';
import { readJsonReport } from './read-json.ts';

/**
 * Reads a report of any length in a memory of its own.
 *
 * @param onRow told of each row, in order
 * @returns what it shows besides
 * @throws ReportFault, InputFault
 */
export type ReadReport = (
  chunks: AsyncIterable<Buffer>,
  onRow: (row: ReportRow) => void,
) => Promise<Shown>;

export function readerOf(format: ReportFormat): ReadReport {
  switch (format) {
    case 'json':
      return readJsonReport;
    case 'csv':
      return readCsvReport;
    case 'html':
      return readHtmlReport;
  }
}
