import { firstHash, nextHash } from './chain.ts';
import { type Remark, remarksOn } from './check-remarks.ts';
import { readStatement } from './check-statement.ts';
import type { ReportKeys } from './keys.ts';
import type { ReportRow } from './page.ts';
import type { Statement } from './statement.ts';

/** What a report shows besides its rows. */
export interface Shown {
  readonly jws: string;
  /** The statement as it stands beside its signature, where the format shows it so. */
  readonly statement?: unknown;
  /** Names of the columns as the table shows them, where it does. */
  readonly columns?: readonly string[];
  /** Whether what stands around the rows is as it is written for this statement, where it is much. */
  readonly around?: (statement: Statement, before: number) => Around;
}

export type Around = 'as-written' | 'altered' | { readonly writtenBy: string };

/** Everything in it is as Rescind has signed it; or why not. */
export type Verdict =
  | {
      readonly kind: 'genuine';
      readonly statement: Statement;
      /** Of the key that signed it. */
      readonly kid: string;
      /** Rows that are there, and rows of the report before the first of them. */
      readonly rows: number;
      readonly before: number;
      readonly remarks: readonly Remark[];
    }
  | { readonly kind: 'false'; readonly reason: string };

/** Follows the chain of a report, row by row, in as much memory for a million as for one. */
export interface Checker {
  readonly row: (row: ReportRow) => void;
  /** Once all rows were given. */
  readonly end: (shown: Shown, keys: ReportKeys) => Promise<Verdict>;
}

/** The first row that does not follow from the one before. */
interface Break {
  /** From 1. */
  readonly row: number;
  /** Its part and index, as it says. */
  readonly job: string;
}

export function createChecker(): Checker {
  let first: ReportRow | undefined;
  let last: string | undefined;
  let rows = 0;
  let breaks = 0;
  let firstBreak: Break | undefined;
  let widest = 0;
  let narrowest = Number.POSITIVE_INFINITY;

  const broken = (row: number, [part = '', index = '']: readonly string[]) => {
    breaks += 1;
    firstBreak ??= { row, job: `${part}/${index}` };
  };

  return {
    row: (row) => {
      rows += 1;
      widest = Math.max(widest, row.cells.length);
      narrowest = Math.min(narrowest, row.cells.length);
      // What comes before the first is known at the end: the statement says where the chain begins.
      if (last === undefined) first = row;
      else if (nextHash(last, row.cells) !== row.hash) broken(rows, row.cells);
      last = row.hash;
    },
    end: async (shown, keys) => {
      const read = await readStatement(shown, keys);
      if (read.kind === 'false') return read;
      const { statement, kid } = read;
      const { columns, chain, rowsBefore, revocation } = statement;
      const origin = firstHash(revocation.id, columns);
      const follows = (hash: string) =>
        first !== undefined && nextHash(hash, first.cells) === first.hash;
      // A document of all pages has the last page's statement, which says how many are its own.
      const ofPage = statement.rows - rowsBefore;
      const isWhole =
        rowsBefore === 0 || follows(origin) || (!follows(chain.from) && rows > ofPage);
      const expected = isWhole ? statement.rows : ofPage;
      const start = isWhole ? origin : chain.from;
      if (rows > 0 && (widest !== columns.length || narrowest !== columns.length)) {
        return falseBecause(`its rows do not have the ${columns.length} cells that were signed`);
      }
      if (first !== undefined && !follows(start)) {
        const [part = '', index = ''] = first.cells;
        firstBreak = { row: 1, job: `${part}/${index}` };
        breaks += 1;
      }
      const reason = whatIsWrong({ rows, expected, breaks, firstBreak, isWhole });
      if (reason !== undefined) return falseBecause(reason);
      if ((last ?? start) !== chain.to) {
        return falseBecause(
          'its rows follow from each other, but are not those that were signed: rows and hashes were altered together',
        );
      }
      const before = isWhole ? 0 : rowsBefore;
      const around = shown.around?.(statement, before) ?? 'as-written';
      if (around === 'altered') return falseBecause('what stands around its rows was altered');
      return {
        kind: 'genuine',
        statement,
        kid,
        rows,
        before,
        remarks: [...remarksOn(statement, before), ...remarksAround(around)],
      };
    },
  };
}

const remarksAround = (around: Around): Remark[] =>
  typeof around === 'string' ? [] : [{ kind: 'written-by-another', ...around }];

const falseBecause = (reason: string): Verdict => ({ kind: 'false', reason });

interface Found {
  readonly rows: number;
  readonly expected: number;
  readonly breaks: number;
  readonly firstBreak: Break | undefined;
  readonly isWhole: boolean;
}

function whatIsWrong({ rows, expected, breaks, firstBreak, isWhole }: Found): string | undefined {
  const where =
    firstBreak === undefined ? '' : `, the first at row ${firstBreak.row} (job ${firstBreak.job})`;
  if (rows < expected) {
    const missing = `${expected - rows} of its ${expected} rows are missing`;
    return firstBreak === undefined ? `${missing}, at its end` : `${missing}${where}`;
  }
  if (rows > expected) {
    return `it has ${rows - expected} rows more than the ${expected} that were signed${where}`;
  }
  if (firstBreak === undefined) return undefined;
  // Later rows follow from the hash that it shows, so it is only this one.
  if (breaks === 1) return `row ${firstBreak.row} (job ${firstBreak.job}) was altered`;
  const all = isWhole ? 'rows' : 'rows of this page';
  return `${breaks} ${all} were altered or moved${where}`;
}
