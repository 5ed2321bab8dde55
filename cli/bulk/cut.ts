import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import type { Row } from '../input/row.ts';

/** The API takes 4 MiB a request; the rest is for what is around the jobs. */
const longestPart = 3 * 1024 * 1024;

/**
 * Cuts rows into parts, as few as the API's limits allow. The same rows are always cut alike: that is
 * what lets an interrupted run go on.
 */
export async function* cut(
  blocks: AsyncIterable<readonly Row[]>,
  maximumBytes = longestPart,
): AsyncGenerator<readonly Row[]> {
  let part: Row[] = [];
  let jobs = 0;
  let bytes = 0;
  for await (const rows of blocks) {
    for (const row of rows) {
      const size = Buffer.byteLength(row.text) + 1;
      if (
        part.length > 0 &&
        (jobs + row.jobs > maximumJobsPerPart || bytes + size > maximumBytes)
      ) {
        yield part;
        part = [];
        jobs = 0;
        bytes = 0;
      }
      part.push(row);
      jobs += row.jobs;
      bytes += size;
    }
  }
  if (part.length > 0) yield part;
}

/** How many jobs some rows make. */
export const jobsOf = (rows: readonly Row[]): number =>
  rows.reduce((sum, row) => sum + row.jobs, 0);

/** The list of jobs of a request, as JSON. */
export const jobsText = (rows: readonly Row[]): string =>
  `[${rows.map(({ text }) => text).join(',')}]`;
