import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Access } from '../../functions/api/authorization.ts';
import { createReports } from '../../functions/report/reports.ts';
import { createSigning } from '../../functions/report/signing.ts';
import { type ReportPage, reportPage } from '../../shared/report/page.ts';
import { generateReportSeed } from '../../shared/report/signer.ts';
import { SecretMissing } from '../../shared/secrets/secrets.ts';
import { type Call, httpEvent } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { collectLog, type Line } from './log.ts';
import { type AllStores, storesOn } from './stores.ts';
import { startTable, type TestTable } from './table.ts';

/** The report function on a table of its own, called as Lambda calls it. */
export interface TestReports extends AsyncDisposable {
  readonly stores: AllStores;
  readonly table: TestTable;
  readonly lines: Line[];
  /** What its secret holds; undefined for no secret. */
  secret: string | undefined;
  readonly call: (call: Call) => Promise<APIGatewayProxyStructuredResultV2>;
  /** One page in JSON. */
  readonly page: (id: string, query?: Readonly<Record<string, string>>) => Promise<ReportPage>;
  /** All pages in JSON. */
  readonly pages: (id: string, limit: number) => Promise<ReportPage[]>;
}

/** @param access whom it lets in, and lets see what; by default everybody sees everything */
export async function startReports(access: Partial<Access> = {}): Promise<TestReports> {
  const table = await startTable();
  const stores = storesOn(table.table);
  const { log, lines } = collectLog();
  const held = { secret: generateReportSeed() as string | undefined };
  const answer = createReports({
    ...stores,
    access: {
      jwtScopes: { submit: [], read: [], operate: [] },
      ownership: false,
      operators: new Set(),
      ...access,
    },
    signer: createSigning({
      ofReports: async () => {
        if (held.secret === undefined) throw new SecretMissing('there is no secret');
        return held.secret;
      },
    }),
    log,
  });
  const call = async (request: Call) => answer(httpEvent(request), lambdaContext);
  const page: TestReports['page'] = async (id, query = {}) => {
    const { statusCode, body = '' } = await call({ path: `/v1/revocations/${id}/report`, query });
    if (statusCode !== 200) throw new Error(`answered ${statusCode}: ${body}`);
    return reportPage.parse(JSON.parse(body));
  };
  return Object.assign(held, {
    stores,
    table,
    lines,
    call,
    page,
    pages: async (id: string, limit: number) => {
      const all: ReportPage[] = [];
      let cursor: string | undefined;
      do {
        const one = await page(id, { limit: String(limit), ...(cursor && { cursor }) });
        all.push(one);
        cursor = one.cursor;
      } while (cursor !== undefined);
      return all;
    },
    [Symbol.asyncDispose]: () => table[Symbol.asyncDispose](),
  });
}
