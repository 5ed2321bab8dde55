import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { countsOf, isOpen, type Revocation, statusOf } from '../../shared/domain/revocation.ts';
import { maximumJobsPerSlice } from '../../shared/domain/slice.ts';
import type { Caller } from '../../shared/http/caller.ts';
import { reportFormat } from '../../shared/report/chain.ts';
import { columns } from '../../shared/report/columns.ts';
import type { ReportPage } from '../../shared/report/page.ts';
import type { Progress, Statement } from '../../shared/report/statement.ts';
import { withAllParts } from '../../shared/store/count-parts.ts';
import { findRevocation, notThere } from '../api/routes/get-revocation.ts';
import { parseQuery } from '../api/routes/query.ts';
import { cursorsOf, nothingRead, type ReadSoFar } from './cursor.ts';
import type { ReportDependencies } from './dependencies.ts';
import { answerPage, formats } from './formats.ts';
import { type PageOfRows, readPage } from './read-page.ts';

export const getReportQuery = z.strictObject({
  format: z.enum(formats).default('json'),
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(maximumJobsPerSlice).max(2500).default(1000).meta({
    description: 'Rows a page at most; one of long rows holds fewer',
  }),
});

/** `GET /v1/revocations/{id}/report`: a page of its jobs' rows, and a signed statement of them. */
export async function getReport(
  event: APIGatewayProxyEventV2,
  deps: ReportDependencies,
  caller: Caller,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { format, cursor: given, limit } = parseQuery(getReportQuery, event);
  const revocation = await findRevocation(event, deps, caller);
  const { id } = revocation;
  const signer = await deps.signer();
  const cursors = cursorsOf(signer.cursorKey, id);
  const start = given === undefined ? nothingRead(id) : cursors.decode(given);
  const read = await readPage(deps.slices, id, start, limit);
  // After the rows: what the last page counts is then no older than any row of the report.
  const progress =
    given === undefined || read.last ? progressOf(await readAgain(id, deps)) : undefined;
  const statement = statementOf(revocation, start, read, progress);
  const page: ReportPage = {
    statement,
    rows: [...read.rows],
    jws: await signer.sign(statement),
    cursor: read.last ? undefined : cursors.encode(read.read),
  };
  return answerPage(page, format, limit);
}

async function readAgain(id: string, deps: ReportDependencies): Promise<Revocation> {
  const revocation = await deps.revocations.get(id);
  if (revocation === undefined) throw notThere();
  return withAllParts(revocation, deps);
}

const progressOf = (revocation: Revocation): Progress => ({
  status: statusOf(revocation),
  open: isOpen(revocation) || undefined,
  completedAt: revocation.completedAt,
  counts: countsOf(revocation),
  leftAlive: revocation.leftAlive,
});

const statementOf = (
  { id, label, requestedBy, createdAt, acceptedAt }: Revocation,
  start: ReadSoFar,
  { read, last }: PageOfRows,
  progress: Progress | undefined,
): Statement => ({
  format: reportFormat,
  iat: Math.floor(Date.now() / 1000),
  began: start.began,
  revocation: { id, label: label?.toWellFormed(), requestedBy, createdAt, acceptedAt },
  progress,
  columns: [...columns],
  rowsBefore: start.rows,
  rows: read.rows,
  chain: { from: start.hash, to: read.hash },
  tally: read.tally,
  last,
});
