import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { OutputClosed } from '../faults.ts';
import { csvLine } from './csv.ts';
import { addSample, duration, rateOf, type Sample, secondsLeft } from './eta.ts';
import { createOutput, unheeded } from './output.ts';
import { type ListFormat, printRows } from './rows.ts';
import { pairs, table } from './table.ts';
import { grouped, printable, widthOf } from './text.ts';

describe('a table', () => {
  const columns = [
    { title: 'ref', cell: (row: readonly [string, number | undefined]) => row[0] },
    { title: 'n', cell: (row: readonly [string, number | undefined]) => row[1] },
  ];

  test('is aligned, by what a terminal shows', () => {
    expect(
      table(columns, [
        ['漢字', 7],
        ['abcde', 123],
        ['é', undefined],
      ]),
    ).toBe('ref      n\n漢字     7\nabcde  123\né        -\n');
  });

  test('obeys no control character of its cells', () => {
    expect(table(columns, [['\u001b[31mred\n', 1]])).toBe('ref        n\n\ufffd[31mred\ufffd  1\n');
  });

  test('of pairs leaves out what there is not', () => {
    expect(
      pairs([
        ['id', 'a'],
        ['label', undefined],
        ['jobs', 3],
      ]),
    ).toBe('id    a\njobs  3\n');
  });
});

test.each([
  ['abc', 3],
  ['漢字', 4],
  ['e\u0301', 1],
  ['👍', 2],
  ['', 0],
])('the width of %j is %i', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('text for a terminal has no direction marks, and numbers have groups', () => {
  expect(printable('a\u202eb\u009bc')).toBe('a\ufffdb\ufffdc');
  expect(grouped(1_234_567)).toBe('1,234,567');
});

test.each([
  [['a', 'b'], 'a,b\r\n'],
  [['a,b', 'c"d', 'e\nf'], '"a,b","c""d","e\nf"\r\n'],
  [['=1+1', '-2', '@x', '+3'], "'=1+1,'-2,'@x,'+3\r\n"],
  [[-2, undefined, 0], '-2,,0\r\n'],
] as const)('CSV of %j', (cells, line) => {
  expect(csvLine(cells)).toBe(line);
});

test('rows on a terminal obey no control character of theirs, and are kept in a file', async () => {
  const ref = 'a\u001b[2J\u009bb\u202e';
  const rows = async function* () {
    yield { ref };
  };
  const columns = [{ title: 'ref', cell: (row: { ref: string }) => row.ref }];
  const printed = async (format: ListFormat, isTTY: boolean) => {
    const stream = Object.assign(new PassThrough(), { isTTY });
    await printRows(rows(), columns, format, createOutput(stream, { NO_COLOR: '1' }));
    return text(Object.assign(stream.end(), {}));
  };
  expect(await printed('csv', true)).toBe('ref\r\na\ufffd[2J\ufffdb\ufffd\r\n');
  expect(await printed('csv', false)).toBe(`ref\r\n${ref}\r\n`);
  const json = await printed('ndjson', true);
  expect(json).toBe('{"ref":"a\\u001b[2J\\u009bb\\u202e"}\n');
  expect(JSON.parse(json)).toEqual({ ref });
});

describe('how long it takes yet', () => {
  const samples = (...done: readonly number[]) =>
    done.reduce<readonly Sample[]>(
      (all, each, at) => addSample(all, { at: at * 10_000, done: each }),
      [],
    );

  test('is told by the recent rate', () => {
    const rate = rateOf(samples(0, 0, 0, 0, 100, 200, 300, 400, 500, 600));
    expect(rate).toBe(10);
    expect(secondsLeft(50, rate)).toBe(5);
  });

  test.each([[[]], [[5]], [[5, 5]]])('is not known after %j', (done) => {
    expect(secondsLeft(7, rateOf(samples(...done)))).toBeUndefined();
  });

  test.each([
    [undefined, '?'],
    [0.2, '1s'],
    [59.5, '1m00s'],
    [200, '3m20s'],
    [7500, '2h05m'],
  ])('%s s are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});

describe('an output', () => {
  test('waits for a reader that is slower', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const { write } = createOutput(stream, {});
    let isWritten = false;
    const writing = write('longer than that').then(() => {
      isWritten = true;
    });
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    stream.resume();
    await writing;
  });

  test('that nobody reads any more is told apart from a failure', async () => {
    const broken = (code: string) =>
      new Writable({ write: (_, __, done) => done(Object.assign(new Error(), { code })) });
    const closed = createOutput(broken('EPIPE'), {});
    await expect(closed.write('a')).rejects.toThrow(OutputClosed);
    await expect(closed.write('b')).rejects.toThrow(OutputClosed);
    const full = createOutput(broken('ENOSPC'), {});
    await expect(full.write('a')).rejects.toThrow('ENOSPC');
    await expect(full.write('b')).rejects.toThrow('ENOSPC');
    await unheeded(full).write('c');
  });

  test.each([
    [true, {}, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('terminal %s with %j has colours: %s', (isTTY, env, colours) => {
    expect(createOutput(Object.assign(new PassThrough(), { isTTY }), env).colours).toBe(colours);
  });
});
