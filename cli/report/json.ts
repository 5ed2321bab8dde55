import type { ReportRow } from '../../shared/report/page.ts';

/**
 * A report of a million rows as JSON, laid out so that it can be read line by line: a row a line. To what
 * reads JSON it is one object like a page's.
 */
export const jsonHead = '{"rows":[';

export const jsonRow = (row: ReportRow, at: number): string =>
  `${at === 0 ? '\n' : ',\n'}${rowText(row)}`;

export const rowText = ({ cells, hash }: ReportRow): string => JSON.stringify({ cells, hash });

/** The line behind the rows. */
export const jsonRowsEnd = '],';

/** @param signed a page's statement and signature */
export const jsonFoot = ({
  statement,
  jws,
}: {
  readonly statement: unknown;
  readonly jws: string;
}): string =>
  `\n${jsonRowsEnd}\n"statement":${JSON.stringify(statement)},\n"jws":${JSON.stringify(jws)}}\n`;
