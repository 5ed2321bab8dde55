import { createHash, type Hash } from 'node:crypto';
import { parseJson } from '../../shared/http/strict-json.ts';
import { csvEnd, csvHead, csvMarks, csvRow, unguarded } from '../../shared/report/csv.ts';
import { csvRecords } from '../input/csv.ts';
import { lines } from '../input/lines.ts';
import type { ReadReport } from './read.ts';
import { altered, noReport, rewritten } from './report-fault.ts';

/** What is read is written again, and must come to the same bytes: other readers may read others otherwise. */
export const readCsvReport: ReadReport = async (chunks, onRow) => {
  const [found, expected] = [createHash('sha256'), createHash('sha256')];
  let columns: readonly string[] | undefined;
  let statement: string | undefined;
  let jws: string | undefined;
  for await (const records of csvRecords(lines(hashed(chunks, found), { exact: true }), ',')) {
    for (const { line, cells: written, flaw } of records) {
      if (flaw !== undefined || jws !== undefined) throw altered(line);
      const cells = written.map(unguarded);
      const [first, second = ''] = cells;
      if (columns === undefined) {
        columns = cells;
        expected.update(csvHead(cells.slice(0, -1)));
      } else if (cells.length !== columns.length) throw altered(line);
      else if (statement === undefined && first === csvMarks.statement) statement = second;
      else if (statement !== undefined && first === csvMarks.jws) jws = second;
      else if (statement !== undefined) throw altered(line);
      else {
        const row = { cells: cells.slice(0, -1), hash: cells.at(-1) ?? '' };
        expected.update(csvRow(row));
        onRow(row);
      }
    }
  }
  if (columns === undefined || statement === undefined || jws === undefined)
    throw noReport('its end, with the signature, is missing');
  expected.update(csvEnd(columns.length - 1, statement, jws));
  if (!found.digest().equals(expected.digest())) throw rewritten();
  return { jws, statement: parsed(statement), columns };
};

async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw rewritten();
  }
}
