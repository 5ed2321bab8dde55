import type { Around } from '../../shared/report/check.ts';
import { generator, htmlFoot, htmlHead, htmlRow } from '../../shared/report/html.ts';
import { textOf } from '../../shared/report/html-text.ts';
import type { ReportRow } from '../../shared/report/page.ts';
import type { Statement } from '../../shared/report/statement.ts';
import { lines } from '../input/lines.ts';
import type { ReadReport } from './read.ts';
import { altered, noReport } from './report-fault.ts';

const rowBegins = '<tr><td>';
const rowEnds = '</td></tr>';
const between = '</td><td>';

/** What stands around the rows takes far less. */
const longest = 1024 * 1024;

/**
 * Reads it line by line, and not as browsers do: each row must be to the letter what is written for its
 * cells, and so must all the rest for the statement. So nothing can be hidden in it or added.
 */
export const readHtmlReport: ReadReport = async (chunks, onRow) => {
  let head = '';
  let foot = '';
  let isBehindRows = false;
  let isInRows = false;
  for await (const block of lines(chunks, { exact: true, keepMark: true })) {
    for (const { number, text } of block) {
      isBehindRows ||= isInRows && text === '</tbody>';
      if (isBehindRows) foot += `${text}\n`;
      else if (isInRows) onRow(readRow(text, number));
      else head += `${text}\n`;
      isInRows ||= text === '<tbody>';
    }
    if (head.length + foot.length > longest) throw noReport('more than its rows is too long');
  }
  const jws = /<p class="note mono" id="jws">([\w.-]+)<\/p>\n/.exec(foot)?.[1];
  if (jws === undefined) throw noReport('its end, with the signature, is missing');
  return { jws, around: (statement, before) => around(head, foot, statement, before, jws) };
};

function readRow(text: string, line: number): ReportRow {
  const cells = text.slice(rowBegins.length, -rowEnds.length).split(between).map(textOf);
  const row = { cells: cells.slice(0, -1), hash: cells.at(-1) ?? '' };
  if (htmlRow(row) !== `${text}\n`) throw altered(line);
  return row;
}

function around(
  head: string,
  foot: string,
  statement: Statement,
  before: number,
  jws: string,
): Around {
  const isAsWritten = head === htmlHead(statement) && foot === htmlFoot({ statement, jws }, before);
  if (isAsWritten) return 'as-written';
  const writtenBy = /<meta name="generator" content="(Rescind [\w.+-]{1,40})">/.exec(head)?.[1];
  return writtenBy === undefined || writtenBy === generator ? 'altered' : { writtenBy };
}
