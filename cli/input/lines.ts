import { isUtf8 } from 'node:buffer';
import { InputFault } from './input-fault.ts';

/** One line, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** Far longer than a job with the longest tokens; a file without line ends is no list of jobs. */
const longestLine = 256 * 1024;

const newline = 0x0a;

export interface LinesOptions {
  /** Keeps the carriage return of a line's end, and takes NUL for a character like others. */
  readonly exact?: boolean;
  /** Keeps a byte order mark as the first character. */
  readonly keepMark?: boolean;
}

/**
 * The lines of a file in UTF-8, a block at a time, however large it is. A byte order mark is left
 * out unless told.
 *
 * @throws InputFault for other encodings, and for what is no text
 */
export async function* lines(
  chunks: AsyncIterable<Buffer>,
  { exact = false, keepMark = false }: LinesOptions = {},
): AsyncGenerator<readonly Line[]> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  let isFirst = true;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (isFirst && bytes.length < 4) {
      rest = bytes;
      continue;
    }
    const from = isFirst ? checkBeginning(bytes, exact, keepMark) : 0;
    isFirst = false;
    const end = bytes.lastIndexOf(newline) + 1;
    rest = Buffer.from(bytes.subarray(Math.max(from, end)));
    if (rest.length > longestLine) throw tooLong(number + 1);
    if (end <= from) continue;
    const block = split(bytes.subarray(from, end - 1), number, exact);
    number += block.length;
    yield block;
  }
  const last = isFirst ? rest.subarray(checkBeginning(rest, exact, keepMark)) : rest;
  if (last.length > 0) {
    yield split(last.at(-1) === newline ? last.subarray(0, -1) : last, number, exact);
  }
}

/** @returns where the text begins */
function checkBeginning(bytes: Buffer, exact: boolean, keepMark: boolean): number {
  const [a, b, c] = bytes;
  const isUtf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  if (isUtf16 || (!exact && bytes.subarray(0, 1024).includes(0))) {
    throw new InputFault(
      undefined,
      'This file is UTF-16 or no text at all. Save it as CSV in UTF-8, or convert it: iconv -f UTF-16 -t UTF-8.',
    );
  }
  return !keepMark && a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

/** @param before number of the line in front of these */
function split(block: Buffer, before: number, exact: boolean): readonly Line[] {
  if (!isUtf8(block)) throw notUtf8(block, before);
  return block
    .toString('utf8')
    .split('\n')
    .map((text, at) => {
      const number = before + at + 1;
      if (isTooLong(text)) throw tooLong(number);
      return { number, text: !exact && text.endsWith('\r') ? text.slice(0, -1) : text };
    });
}

function notUtf8(block: Buffer, before: number): InputFault {
  let number = before + 1;
  let from = 0;
  for (;;) {
    const end = block.indexOf(newline, from);
    if (end < 0 || !isUtf8(block.subarray(from, end))) break;
    from = end + 1;
    number += 1;
  }
  return new InputFault(
    number,
    'This file is not UTF-8; it may be Latin-1 or Windows-1252. Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8.',
  );
}

/** A character takes up to three bytes a unit, so that few lines need be measured. */
const isTooLong = (text: string): boolean =>
  text.length > longestLine / 3 && Buffer.byteLength(text) > longestLine;

const tooLong = (number: number): InputFault =>
  new InputFault(
    number,
    'This line is longer than 256 KiB. Lines must end by a line feed, and hold one job each.',
  );
