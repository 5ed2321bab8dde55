import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvRecords, guessDelimiter } from './csv.ts';
import { lines } from './lines.ts';

/** Reads a text that comes in chunks of some bytes. */
async function read(text: string, delimiter = ',', chunk = 7) {
  const bytes = Buffer.from(text);
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
  })();
  return (await Array.fromAsync(csvRecords(lines(chunks), delimiter))).flat();
}

describe('reads what another reader reads', () => {
  const cell = fc.oneof(
    fc.constantFrom('', 'a', 'polar', '"', ',', '\n', '\r\n', 'a"b', 'ü', '漢', ';', ' x '),
    fc.string({ maxLength: 8 }),
  );
  const record = fc.array(cell, { minLength: 2, maxLength: 4 });
  const written = (cells: readonly string[], quoteAll: boolean) =>
    cells
      .map((text) => (quoteAll || /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text))
      .join(',');

  test.each(['\n', '\r\n'])('with lines that end by %j', async (end) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 64 }),
        async (records, quoteAll, chunk) => {
          const text = records.map((cells) => written(cells, quoteAll) + end).join('');
          const options = { relax_column_count: true, record_delimiter: end };
          // Within quotes we read a line end of either kind as \n: no job has one.
          const theirs = parse(text, options).map((cells) =>
            cells.map((each) => each.replaceAll('\r\n', '\n')),
          );
          const ours = await read(text, ',', chunk);
          expect(ours.map(({ cells }) => cells)).toEqual(theirs);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('tells at which line each record begins', async () => {
  const records = await read('a,b\r\n1,2\r\n\r\n"x\r\ny",3\r\n4,5');
  expect(records.map(({ line, cells }) => [line, cells[0]])).toEqual([
    [1, 'a'],
    [2, '1'],
    [4, 'x\ny'],
    [6, '4'],
  ]);
});

test('goes on behind a record that is not CSV', async () => {
  const records = await read('a,b\n"x"y,2\n3,4\n');
  expect(records[1]).toMatchObject({ line: 2, flaw: 'has characters behind a closing quote' });
  expect(records[2]).toEqual({ line: 3, cells: ['3', '4'] });
});

test('names the line of a quote that is never closed', async () => {
  await expect(read('a,b\n1,2\n"x,3\n4,5\n')).rejects.toThrow(/^line 3: A quote/);
  const endless = `a,b\n"x,3\n${'y'.repeat(80)}\n`.padEnd(1_000_000, `${'z'.repeat(99)}\n`);
  await expect(read(endless, ',', 65_536)).rejects.toThrow(/^line 2: A quote/);
});

test.each([
  ['provider,token', ','],
  ['provider;token;ref', ';'],
  ['provider\ttoken', '\t'],
  ['provider|token', '|'],
  ['token', ','],
  ['"a,b,c";token;x', ';'],
])('guesses the delimiter of %j', (header, delimiter) => {
  expect(guessDelimiter(header)).toBe(delimiter);
});
