import { maximumJobsPerSlice } from '../../shared/domain/slice.ts';
import { nextHash } from '../../shared/report/chain.ts';
import { type Row, rowOf } from '../../shared/report/columns.ts';
import type { ReportRow } from '../../shared/report/page.ts';
import type { ListedSlice, Slices } from '../../shared/store/slices.ts';
import type { ReadSoFar } from './cursor.ts';

/** Size of a page's cells as JSON: Lambda answers 6 MB, and HTML may be seven times as long. */
const maximumCellBytes = 850_000;

/** Rows of one page. */
export interface PageOfRows {
  readonly rows: readonly ReportRow[];
  /** How far the report has been read with it. */
  readonly read: ReadSoFar;
  readonly last: boolean;
}

/**
 * Reads the next rows of a report. A page holds whole slices: what a slice looked like is one read of
 * one item, and no row of it can be left out or shown twice where it changes between two pages.
 *
 * @param limit rows at most; a slice's at least. A page may hold fewer, or none, and not be the last
 */
export async function readPage(
  slices: Pick<Slices, 'list'>,
  revocation: string,
  start: ReadSoFar,
  limit: number,
): Promise<PageOfRows> {
  const page = new Page(start, limit);
  let rowsPerSlice = maximumJobsPerSlice;
  for (let found = 0; found <= limit; ) {
    // One more than fit: only what comes after a page, or does not, tells whether it is the last.
    const count = Math.ceil(page.left / rowsPerSlice) + 1;
    const listed = await slices.list(revocation, count, page.after, { consistent: true });
    for (const slice of listed.slices) {
      if (!page.take(slice)) return page.ended(false);
    }
    if (!listed.more) return page.ended(true);
    found += Math.max(1, listed.slices.length);
    rowsPerSlice = Math.max(1, page.rows.length / found);
  }
  return page.ended(false);
}

/** A page in the making. */
class Page {
  readonly rows: ReportRow[] = [];
  after: ReadSoFar['after'];
  readonly #start: ReadSoFar;
  readonly #limit: number;
  readonly #tally: ReadSoFar['tally'];
  #hash: string;
  #bytes = 0;

  constructor(start: ReadSoFar, limit: number) {
    this.#start = start;
    this.#limit = limit;
    this.#tally = { ...start.tally };
    this.#hash = start.hash;
    this.after = start.after;
  }

  get left(): number {
    return this.#limit - this.rows.length;
  }

  /** @returns false where the slice is for the next page */
  take(slice: ListedSlice): boolean {
    const rows = rowsOf(slice);
    const bytes = rows.reduce((sum, { cells }) => sum + sizeOf(cells), 0);
    const fits = rows.length <= this.left && this.#bytes + bytes <= maximumCellBytes;
    if (!fits && this.rows.length > 0) return false;
    for (const { cells, outcome } of rows) {
      this.#hash = nextHash(this.#hash, cells);
      this.#tally[outcome] += 1;
      this.rows.push({ cells: [...cells], hash: this.#hash });
    }
    this.#bytes += bytes;
    this.after = { part: slice.part, slice: slice.slice };
    return true;
  }

  ended(last: boolean): PageOfRows {
    const { began, rows } = this.#start;
    return {
      rows: this.rows,
      last,
      read: {
        began,
        after: this.after,
        rows: rows + this.rows.length,
        tally: this.#tally,
        hash: this.#hash,
      },
    };
  }
}

const rowsOf = ({ part, provider, records }: ListedSlice): Row[] =>
  [...records].map(([index, record]) => rowOf({ part, provider, index }, record));

const sizeOf = (cells: readonly string[]): number => Buffer.byteLength(JSON.stringify(cells));
