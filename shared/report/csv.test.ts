import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvHead, csvRow, unguarded } from './csv.ts';

const hash = 'ab'.repeat(32);

test.each([
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@sum', "'@sum"],
  [' =1', "' =1"],
  ['\uff1d1', "'\uff1d1"],
  ['\t=1', '"\'\t=1"'],
  ["'quoted", "''quoted"],
  ['a,"b"', '"a,""b"""'],
  ['a\r\nb', '"a\r\nb"'],
  ['user-4711', 'user-4711'],
  ['', ''],
])('%j is written as %j', (text, written) => {
  expect(csvRow({ cells: [text], hash })).toBe(`${written},${hash}\r\n`);
});

test('every text comes back, from any reader of CSV', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.stringMatching(/^['=+\-@ \t\r\n",;]{0,4}a?$/),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (cells) => {
      const document = csvHead(cells.map((_, at) => `c${at}`)) + csvRow({ cells, hash });
      const options = { bom: false, recordDelimiter: '\r\n', skipEmptyLines: false };
      const [, row = []]: string[][] = parse(document, options);
      expect(row.map(unguarded)).toEqual([...cells, hash]);
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@]/);
    }),
  );
});
