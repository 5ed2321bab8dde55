import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextHash } from '../../shared/report/chain.ts';
import { createChecker, type Verdict } from '../../shared/report/check.ts';
import { csvPage } from '../../shared/report/csv.ts';
import { htmlPage } from '../../shared/report/html.ts';
import type { ReportKeys } from '../../shared/report/keys.ts';
import type { ReportPage, ReportRow } from '../../shared/report/page.ts';
import { createSigner, generateReportSeed } from '../../shared/report/signer.ts';
import { aReport, hostileTexts } from '../../test/support/report-documents.ts';
import { CliFault } from '../faults.ts';
import { type ReportFormat, reportFormats } from './formats.ts';
import { readerOf } from './read.ts';
import { documentWriter } from './write.ts';

const signer = await createSigner(generateReportSeed());
const { pages, keys } = await aReport({
  signer,
  texts: hostileTexts,
  outcomes: ['revoked', 'parked', 'already_invalid'],
  rows: 30,
  rowsPerPage: 8,
  label: 'offboarding <b>',
});
const other = await aReport({ signer, rows: 30, rowsPerPage: 8 });
const allRows = pages.flatMap(({ rows }) => rows);

const lastOf = (all: readonly ReportPage[]): ReportPage => {
  const last = all.at(-1);
  if (last === undefined) throw new Error('there are no pages');
  return last;
};

/** A document as the command writes it. */
function documentOf(format: ReportFormat, rows: readonly ReportRow[], last: ReportPage): string {
  const { head, row, foot } = documentWriter(format);
  return `${head(last.statement)}${rows.map(row).join('')}${foot(last)}`;
}

const pageOf = (format: ReportFormat, page: ReportPage): string =>
  ({ json: JSON.stringify, csv: csvPage, html: htmlPage })[format](page);

/** What the command makes of a file, and the rows that it has seen. */
async function checked(format: ReportFormat, file: string | Uint8Array, by: ReportKeys = keys) {
  const bytes = Buffer.from(file);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += 997) yield bytes.subarray(at, at + 997);
  };
  const rows: ReportRow[] = [];
  const checker = createChecker();
  const onRow = (row: ReportRow) => {
    rows.push(row);
    checker.row(row);
  };
  try {
    const shown = await readerOf(format)(chunks(), onRow);
    return { rows, verdict: await checker.end(shown, by) };
  } catch (error) {
    if (!(error instanceof CliFault)) throw error;
    const verdict: Verdict = { kind: 'false', reason: error.message };
    return { rows, verdict };
  }
}

describe.each(reportFormats)('%s', (format) => {
  const genuine = documentOf(format, allRows, lastOf(pages));

  test('a report is genuine, all of it or a page', async () => {
    const all = await checked(format, genuine);
    expect(all.verdict).toMatchObject({ kind: 'genuine', rows: 30, before: 0, remarks: [] });
    expect(all.rows).toEqual(allRows);
    for (const page of pages) {
      const one = await checked(format, pageOf(format, page));
      const { rowsBefore } = page.statement;
      expect(one.verdict).toMatchObject({ kind: 'genuine', before: rowsBefore });
      expect(one.rows).toEqual(page.rows);
    }
  });

  test('no change of its rows is overlooked', async () => {
    const at = fc.nat({ max: allRows.length - 1 });
    const change = fc.oneof(
      fc.record({
        kind: fc.constantFrom('cell' as const, 'hash' as const),
        at,
        cell: fc.nat({ max: 15 }),
        rehash: fc.boolean(),
      }),
      fc.record({
        kind: fc.constantFrom('remove' as const, 'double' as const),
        at,
        rehash: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('swap' as const), at, with: at, rehash: fc.boolean() }),
      fc.record({ kind: fc.constant('cut' as const), at, rehash: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(change, async (given) => {
        const rows = structuredClone(allRows).map(({ cells, hash }) => ({
          cells: [...cells],
          hash,
        }));
        const row = rows[given.at];
        if (row === undefined) return;
        if (given.kind === 'cell') row.cells[given.cell] = `${row.cells[given.cell]}'`;
        if (given.kind === 'hash') row.hash = 'ab'.repeat(32);
        if (given.kind === 'remove') rows.splice(given.at, 1);
        if (given.kind === 'double') rows.splice(given.at, 0, row);
        if (given.kind === 'cut') rows.length = given.at;
        if (given.kind === 'swap') {
          rows[given.at] = rows[given.with] ?? row;
          rows[given.with] = row;
        }
        if (given.rehash) rehash(rows);
        fc.pre(JSON.stringify(rows) !== JSON.stringify(allRows));
        const { verdict } = await checked(format, documentOf(format, rows, lastOf(pages)));
        expect(verdict.kind).toBe('false');
      }),
      { numRuns: 150 },
    );
  });

  test('no change of its bytes shows anything else', async () => {
    const bytes = Buffer.from(genuine);
    const change = fc.record({
      at: fc.nat({ max: bytes.length - 1 }),
      remove: fc.nat({ max: 3 }),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, remove, insert }) => {
        const file = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        fc.pre(!file.equals(bytes));
        const { verdict, rows } = await checked(format, file);
        if (verdict.kind === 'false') return;
        // Such as an empty line at the end: it must show the same, and of a page it must be said.
        expect(rows).toEqual(allRows);
        expect(verdict.statement).toEqual(lastOf(pages).statement);
        // Around the rows of HTML nothing at all may differ, unless that is said.
        if (format === 'html' && verdict.remarks.length === 0) {
          expect(file.toString().trimEnd()).toBe(genuine.trimEnd());
        }
      }),
      { numRuns: 400 },
    );
  });

  test.each([
    ['rows of another revocation', () => documentOf(format, allRows, lastOf(other.pages))],
    [
      'pages in another order',
      () => {
        const [first, second, ...rest] = pages.map(({ rows }) => rows);
        return documentOf(
          format,
          [second, first, ...rest].flatMap((rows) => rows ?? []),
          lastOf(pages),
        );
      },
    ],
    [
      'the statement of another page',
      () => {
        const [first] = pages;
        return documentOf(format, allRows, first ?? lastOf(pages));
      },
    ],
  ])('%s are not genuine', async (_, make) => {
    expect((await checked(format, make())).verdict.kind).toBe('false');
  });

  test('a file that was cut off is not genuine', async () => {
    const bytes = Buffer.from(genuine);
    for (let end = 0; end < bytes.length - 2; end += 397) {
      expect((await checked(format, bytes.subarray(0, end))).verdict.kind).toBe('false');
    }
  });
});

function rehash(rows: { cells: string[]; hash: string }[]): void {
  let hash = pages[0]?.statement.chain.from ?? '';
  for (const row of rows) {
    hash = nextHash(hash, row.cells);
    row.hash = hash;
  }
}

test.each([
  ['text beside the statement', (file: string) => file.replace(/,\r\n$/, ',all is well\r\n')],
  [
    'a row within a cell, for who reads CR as an end',
    (file: string) => file.replace(/,\r\n$/, ',\r0,99,x\r\n'),
  ],
  ['quotes that are not needed', (file: string) => file.replace('\r\n0,', '\r\n"0",')],
  ['an apostrophe that is not needed', (file: string) => file.replace('\r\n0,', "\r\n'0,")],
  ['other ends of lines', (file: string) => file.replaceAll('\r\n', '\n')],
  ['a byte order mark', (file: string) => `\ufeff${file}`],
  ['another line', (file: string) => `${file}\r\n`],
])('CSV with %s is not genuine', async (_, change) => {
  const genuine = documentOf('csv', allRows, lastOf(pages));
  const file = change(genuine);
  expect(file).not.toBe(genuine);
  expect((await checked('csv', file)).verdict.kind).toBe('false');
});

describe('the reason is told', () => {
  const reasonOf = async (rows: readonly ReportRow[], last = lastOf(pages), by = keys) => {
    const { verdict } = await checked('csv', documentOf('csv', rows, last), by);
    return verdict.kind === 'false' ? verdict.reason : 'genuine';
  };
  const changed = (at: number): ReportRow[] =>
    allRows.map((row, n) => (n === at ? { ...row, cells: row.cells.with(5, 'revoked!') } : row));

  test('by row and job', async () => {
    expect(await reasonOf(changed(16))).toBe('row 17 (job 0/16) was altered');
    expect(await reasonOf(changed(0))).toBe('row 1 (job 0/0) was altered');
    expect(await reasonOf(allRows.slice(0, -2))).toBe('2 of its 30 rows are missing, at its end');
    expect(await reasonOf(allRows.toSpliced(4, 1))).toBe(
      '1 of its 30 rows are missing, the first at row 5 (job 0/5)',
    );
    expect(await reasonOf(allRows.toSpliced(4, 0, ...allRows.slice(3, 4)))).toMatch(
      /^it has 1 rows? more/,
    );
    expect(await reasonOf(allRows.slice(1))).toMatch(
      /^1 of its 30 rows are missing, the first at row 1 /,
    );
  });

  test('when rows and hashes were altered together', async () => {
    const rows = changed(16).map(({ cells, hash }) => ({ cells: [...cells], hash }));
    rehash(rows);
    expect(await reasonOf(rows)).toContain('altered together');
  });

  test('when the key is another', async () => {
    const strange = await aReport();
    expect(await reasonOf(allRows, lastOf(pages), strange.keys)).toContain('not among the keys');
    const [key] = keys.keys;
    const [another] = strange.keys.keys;
    if (key === undefined || another === undefined) throw new Error('there are no keys');
    const renamed = { keys: [{ ...another, kid: key.kid }] };
    expect(await reasonOf(allRows, lastOf(pages), renamed)).toContain('another than its name says');
  });

  test('when the statement that is shown is not the one that was signed', async () => {
    const last = lastOf(pages);
    const statement = { ...last.statement, iat: 1 };
    expect(await reasonOf(allRows, { ...last, statement })).toContain(
      'not the one that was signed',
    );
  });

  test('and so is what a genuine one does not tell', async () => {
    const remarks = async (options: Parameters<typeof aReport>[0]) => {
      const report = await aReport({ ...options, signer });
      const rows = report.pages.flatMap((page) => page.rows);
      const { verdict } = await checked('json', documentOf('json', rows, lastOf(report.pages)));
      return verdict.kind === 'genuine' ? verdict.remarks.map(({ kind }) => kind) : verdict.reason;
    };
    expect(await remarks({})).toEqual([]);
    expect(await remarks({ rows: 0 })).toEqual([]);
    expect(await remarks({ status: 'running' })).toEqual(['unfinished']);
    expect(await remarks({ leftAlive: 1 })).toEqual(['left-alive']);
  });
});

describe('JSON in which a name stands twice is not genuine', () => {
  const page = pages[0];
  const whole = JSON.stringify(page);
  const forgedRows = JSON.stringify(page?.rows.map((row) => ({ ...row, cells: ['forged'] })));
  test.each([
    ['rows', (text: string) => `{"rows":${forgedRows},${text.slice(1)}`],
    ['rows, written otherwise', (text: string) => `{"r\\u006fws":${forgedRows},${text.slice(1)}`],
    ['cells', (text: string) => text.replace('{"cells":', '{"cells":["forged"],"cells":')],
    ['hash', (text: string) => text.replace('"hash":', '"hash":"forged","hash":')],
    ['statement', (text: string) => text.replace('"statement":', '"statement":{},"statement":')],
    ['a member of it', (text: string) => text.replace('"last":', '"last":true,"last":')],
    ['one further down', (text: string) => text.replace('"revoked":', '"revoked":9,"revoked":')],
    ['jws', (text: string) => text.replace('"jws":', '"jws" : "forged",\t"jws":')],
  ])('%s', async (_, forge) => {
    for (const text of [whole, documentOf('json', allRows, lastOf(pages))]) {
      expect(forge(text)).not.toBe(text);
      for (const space of ['', ' ', '\n']) {
        expect((await checked('json', `${space}${text}`)).verdict.kind).toBe('genuine');
        expect((await checked('json', `${space}${forge(text)}`)).verdict.kind).toBe('false');
      }
    }
  });

  test('nor is a statement in CSV like that', async () => {
    const text = documentOf('csv', allRows, lastOf(pages));
    const forged = text.replace('""last"":', '""last"":false,""last"":');
    expect(forged).not.toBe(text);
    expect((await checked('csv', forged)).verdict.kind).toBe('false');
  });
});

test('HTML with a byte order mark in front was altered', async () => {
  const text = documentOf('html', allRows, lastOf(pages));
  expect((await checked('html', `\ufeff${text}`)).verdict.kind).toBe('false');
});

test('JSON is genuine however it is indented, but not with anything besides', async () => {
  const [page] = pages;
  expect((await checked('json', JSON.stringify(page, null, 2))).verdict.kind).toBe('genuine');
  const more = { ...page, note: 'all is well' };
  expect((await checked('json', JSON.stringify(more))).verdict.kind).toBe('false');
  const whole = documentOf('json', allRows, lastOf(pages));
  expect(JSON.parse(whole)).toMatchObject({ rows: allRows, jws: lastOf(pages).jws });
});
