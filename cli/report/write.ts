import { csvFoot, csvHead, csvRow } from '../../shared/report/csv.ts';
import { htmlFoot, htmlHead, htmlRow } from '../../shared/report/html.ts';
import type { ReportPage, ReportRow } from '../../shared/report/page.ts';
import type { Statement } from '../../shared/report/statement.ts';
import type { ReportFormat } from './formats.ts';
import { jsonFoot, jsonHead, jsonRow } from './json.ts';

/** The pieces of a document that holds all pages of a report. */
export interface DocumentWriter {
  /** @param statement the first page's */
  readonly head: (statement: Statement) => string;
  /** @param at how many rows came before */
  readonly row: (row: ReportRow, at: number) => string;
  /** @param page the last one */
  readonly foot: (page: Pick<ReportPage, 'statement' | 'jws'>) => string;
}

export function documentWriter(format: ReportFormat): DocumentWriter {
  switch (format) {
    case 'json':
      return { head: () => jsonHead, row: jsonRow, foot: jsonFoot };
    case 'csv':
      return { head: ({ columns }) => csvHead(columns), row: csvRow, foot: csvFoot };
    case 'html':
      return { head: htmlHead, row: htmlRow, foot: (page) => htmlFoot(page, 0) };
  }
}
