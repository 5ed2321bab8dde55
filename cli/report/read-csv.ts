import { csvMarks, unguarded } from '../../shared/report/csv.ts';
import { csvRecords } from '../input/csv.ts';
import { lines } from '../input/lines.ts';
import type { ReadReport } from './read.ts';
import { altered, noReport } from './report-fault.ts';

export const readCsvReport: ReadReport = async (chunks, onRow) => {
  let columns: readonly string[] | undefined;
  let statement: unknown;
  let jws: string | undefined;
  for await (const records of csvRecords(lines(chunks, { exact: true }), ',')) {
    for (const { line, cells: written, flaw } of records) {
      if (flaw !== undefined || jws !== undefined) throw altered(line);
      const cells = written.map(unguarded);
      const [first, second = ''] = cells;
      if (columns === undefined) columns = cells;
      else if (cells.length !== columns.length) throw altered(line);
      else if (statement === undefined && first === csvMarks.statement)
        statement = parsed(second, line);
      else if (statement !== undefined && first === csvMarks.jws) jws = second;
      else if (statement !== undefined) throw altered(line);
      else onRow({ cells: cells.slice(0, -1), hash: cells.at(-1) ?? '' });
    }
  }
  if (columns === undefined || jws === undefined)
    throw noReport('its end, with the signature, is missing');
  return { jws, statement, columns };
};

function parsed(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw altered(line);
  }
}
