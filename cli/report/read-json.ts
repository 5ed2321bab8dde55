import * as z from 'zod';
import { JsonFault, parseJson } from '../../shared/http/strict-json.ts';
import { type ReportRow, reportPage, reportRow } from '../../shared/report/page.ts';
import { lines } from '../input/lines.ts';
import { jsonFoot, jsonHead, jsonRowsEnd, rowText } from './json.ts';
import type { ReadReport } from './read.ts';
import { altered, ambiguous, noReport } from './report-fault.ts';

const beginning = Buffer.from(`${jsonHead}\n`);

/** A report of the command is read line by line; anything else that says the same, as one page is, whole. */
export const readJsonReport: ReadReport = async (chunks, onRow) => {
  const { isLaidOut, all } = await peek(chunks);
  return isLaidOut ? readLines(all, onRow) : readWhole(all, onRow);
};

const strictRow = z.strictObject(reportRow.shape);
const strictPage = z.strictObject({
  ...reportPage.shape,
  rows: z.array(strictRow),
  statement: z.unknown(),
});
const end = z.strictObject({ statement: z.unknown(), jws: z.string() });

const readLines: ReadReport = async (chunks, onRow) => {
  let isBehindRows = false;
  let isLast: boolean | undefined;
  let foot = '';
  for await (const block of lines(chunks)) {
    for (const { number, text } of block) {
      if (number === 1) continue;
      if (isBehindRows) foot += text;
      else if (isLast !== false && text === jsonRowsEnd) isBehindRows = true;
      else {
        if (isLast === true) throw altered(number);
        isLast = !text.endsWith(',');
        onRow(readRow(isLast ? text : text.slice(0, -1), number));
      }
    }
    if (foot.length > longestFoot) throw noReport('something stands behind its rows');
  }
  const parsed = end.safeParse(jsonOf(`{${foot}`));
  if (parsed.success && jsonFoot(parsed.data).replaceAll('\n', '') === `${jsonRowsEnd}${foot}`) {
    return parsed.data;
  }
  throw noReport('its end, with the signature, is missing or was altered');
};

const longestFoot = 1024 * 1024;

function readRow(text: string, line: number): ReportRow {
  const row = jsonOf(text);
  // To the letter, so that no reader of JSON can find anything else in it.
  if (isRow(row) && rowText(row) === text) return row;
  throw altered(line);
}

/** By hand: a schema takes longer than all the rest of a row. */
const isRow = (value: unknown): value is ReportRow =>
  typeof value === 'object' &&
  value !== null &&
  'cells' in value &&
  Array.isArray(value.cells) &&
  value.cells.every((cell) => typeof cell === 'string') &&
  'hash' in value &&
  typeof value.hash === 'string';

/** The function answers 6 MB at most. */
const mostWhole = 64 * 1024 * 1024;

const readWhole: ReadReport = async (chunks, onRow) => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > mostWhole) {
      throw noReport('JSON of more than 64 MiB must be laid out as `rescind report` does it');
    }
    pieces.push(chunk);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const parsed = strictPage.safeParse(jsonOf(text));
  if (!parsed.success)
    throw noReport('it is not JSON with rows, statement and jws, and those alone');
  checkNames(text);
  const { rows, statement, jws } = parsed.data;
  for (const row of rows) onRow(row);
  return { jws, statement };
};

/** Of a name that stands twice one reader takes the first, another the last. */
function checkNames(text: string): void {
  try {
    parseJson(text);
  } catch (error) {
    throw error instanceof JsonFault ? ambiguous() : error;
  }
}

async function peek(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]();
  const { value, done } = await iterator.next();
  const first: Buffer = done === true ? Buffer.alloc(0) : value;
  const all = async function* () {
    yield first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { isLaidOut: first.subarray(0, beginning.length).equals(beginning), all: all() };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
