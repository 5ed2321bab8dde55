import { nextHash } from '../../shared/report/chain.ts';
import { type ReportPage, reportPage } from '../../shared/report/page.ts';
import type { Api } from '../connection/api.ts';
import { CliFault } from '../faults.ts';

/** Rows that one page is asked to hold: the most that the API gives. */
const pageRows = '2500';

/**
 * The pages of a report, each held to the chain of the one before.
 *
 * @throws CliFault when they do not fit together: what they would make could not be checked
 */
export async function* reportPages(id: string, { call }: Api): AsyncGenerator<ReportPage> {
  let cursor: string | undefined;
  let hash: string | undefined;
  do {
    const query = new URLSearchParams({ limit: pageRows, ...(cursor !== undefined && { cursor }) });
    const page = await call(`/v1/revocations/${id}/report?${query}`, reportPage);
    const { from, to } = page.statement.chain;
    const end = page.rows.reduce((before, { cells }) => nextHash(before, cells), from);
    if ((hash ?? from) !== from || end !== to) {
      throw new CliFault('The pages of this report do not follow from each other. Make it again.');
    }
    yield page;
    hash = to;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
