import { CliFault } from '../faults.ts';

/** A file that is no report, or was written into. */
export class ReportFault extends CliFault {
  override readonly name = 'ReportFault';
}

/** @param line from 1 */
export const altered = (line: number, what = 'is not as Rescind writes it'): ReportFault =>
  new ReportFault(`This report is not genuine: line ${line} ${what}.`);

export const rewritten = (): ReportFault =>
  new ReportFault(
    'This report is not genuine: it is not written as Rescind writes it. A spreadsheet or an editor that saves it again makes it another; take the file as it was.',
  );

export const ambiguous = (): ReportFault =>
  new ReportFault(
    'This report is not genuine: its JSON can be read in more ways than one, as when a name stands twice in an object.',
  );

export const noReport = (what: string): ReportFault =>
  new ReportFault(
    `This is no report of Rescind: ${what}. Say --format json, csv or html if its name does not.`,
  );
