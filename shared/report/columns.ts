import { type JobRecord, type ShownOutcome, shownOutcome } from '../domain/outcome.ts';

/** What a report says of each job, in this order. */
export const columns = [
  'part',
  'index',
  'ref',
  'provider',
  'tokenType',
  'outcome',
  'evidence',
  'reason',
  'detail',
  'attempts',
  'redrives',
  'httpStatus',
  'fingerprint',
  'decidedBy',
  'decisionNote',
  'updatedAt',
] as const;
export type Column = (typeof columns)[number];

/** One job: its outcome, and the text of every column, empty where there is nothing to say. */
export interface Row {
  readonly outcome: ShownOutcome;
  readonly cells: readonly string[];
}

/** @param place the job's part and provider, and its index in the part */
export function rowOf(
  {
    part,
    index,
    provider,
  }: { readonly part: number; readonly index: number; readonly provider: string },
  record: JobRecord,
): Row {
  const { outcome, evidence, reason } = shownOutcome(record);
  const values: Readonly<Record<Column, string | number | undefined>> = {
    part,
    index,
    ref: record.ref,
    provider,
    tokenType: record.tokenType,
    outcome,
    evidence,
    reason,
    detail: record.detail,
    attempts: record.attempts,
    redrives: record.redrives ?? 0,
    httpStatus: record.httpStatus,
    fingerprint: record.fingerprint,
    decidedBy: record.decision?.by,
    decisionNote: record.decision?.note,
    updatedAt: new Date(record.at * 1000).toISOString(),
  };
  return { outcome, cells: columns.map((column) => textOf(values[column])) };
}

/** Half a surrogate pair has no UTF-8, so nobody could hash it alike. */
const textOf = (value: string | number | undefined): string => String(value ?? '').toWellFormed();
