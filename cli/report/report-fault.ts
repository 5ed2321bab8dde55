import { CliFault } from '../faults.ts';

/** A file that is no report, or was written into. */
export class ReportFault extends CliFault {
  override readonly name = 'ReportFault';
}

/** @param line from 1 */
export const altered = (line: number, what = 'is not as Rescind writes it'): ReportFault =>
  new ReportFault(`This report is not genuine: line ${line} ${what}.`);

export const noReport = (what: string): ReportFault =>
  new ReportFault(
    `This is no report of Rescind: ${what}. Say --format json, csv or html if its name does not.`,
  );
