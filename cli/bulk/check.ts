import { dryRunAnswer } from '../../functions/api/contract/answers.ts';
import type { Api } from '../connection/api.ts';
import { ApiFault, type FieldError } from '../connection/problem.ts';
import type { Flaw, Read, Row } from '../input/row.ts';
import { cut, jobsOf, jobsText } from './cut.ts';
import { addFlaw, addProviders, addRepeat, type Findings, noFindings } from './findings.ts';
import { inFlight } from './in-flight.ts';
import { createRepeats } from './repeats.ts';

export interface CheckOptions {
  /** Calls under way at a time. */
  readonly atOnce: number;
  /** Gets everything that is wrong, line by line. */
  readonly onFlaw?: (flaw: Flaw) => Promise<void>;
  readonly onChecked?: (rows: number) => void;
}

/**
 * Looks at every line before anything is sent: first at its shape, then by dry runs, which ask each
 * provider's adapter.
 */
export async function check(
  reads: AsyncIterable<readonly Read[]>,
  api: Api,
  { atOnce, onFlaw, onChecked }: CheckOptions,
): Promise<Findings> {
  const findings = noFindings();
  const isRepeated = createRepeats();
  const note = async (flaw: Flaw, provider?: string) => {
    addFlaw(findings, flaw, provider);
    await onFlaw?.(flaw);
  };
  const wellShaped = async function* () {
    for await (const block of reads) {
      const rows: Row[] = [];
      for (const read of block) {
        if (read.kind === 'flawed') {
          findings.flawed += 1;
          for (const flaw of read.flaws) await note(flaw);
        } else {
          rows.push(read.row);
          const { provider, token, line } = read.row;
          if (isRepeated(provider, token)) addRepeat(findings, line);
        }
      }
      yield rows;
    }
  };
  await inFlight(cut(wellShaped()), atOnce, async (part) => {
    findings.parts += 1;
    const taken = await checkPart(part, api, findings, note);
    findings.rows += taken.length;
    findings.jobs += jobsOf(taken);
    onChecked?.(part.length);
  });
  return findings;
}

type Note = (flaw: Flaw, provider?: string) => Promise<void>;

/** @returns the rows that can be sent */
async function checkPart(
  part: readonly Row[],
  { call }: Api,
  findings: Findings,
  note: Note,
): Promise<readonly Row[]> {
  let rows = part;
  while (rows.length > 0) {
    const body = `{"dryRun":true,"jobs":${jobsText(rows)}}`;
    try {
      const answer = await call('/v1/revocations', dryRunAnswer, { method: 'POST', body });
      addProviders(findings, answer.providers);
      return rows;
    } catch (error) {
      const refused = refusedRows(error, rows);
      if (refused.size === 0) throw error;
      for (const [row, errors] of refused) {
        findings.flawed += 1;
        findings.refused.add(row.line);
        await noteAll(row, errors, note);
      }
      // The good ones are counted by the next call, which is about them alone.
      rows = rows.filter((row) => !refused.has(row));
    }
  }
  return rows;
}

async function noteAll(row: Row, errors: readonly FieldError[], note: Note): Promise<void> {
  const named = errors.map((error) => ({
    field: error.pointer.split('/')[3],
    detail: error.detail,
  }));
  // What is no provider may be a token that has slipped into the wrong column.
  const isKnown = named.every(({ field }) => field !== 'provider');
  for (const { field, detail } of named) {
    await note({ line: row.line, field, detail }, isKnown ? row.provider : undefined);
  }
}

/** The rows that a refusal is about, with why; none when it is about something else. */
export function refusedRows(
  error: unknown,
  rows: readonly Row[],
): ReadonlyMap<Row, readonly FieldError[]> {
  const refused = new Map<Row, FieldError[]>();
  if (!(error instanceof ApiFault) || error.status !== 422) return refused;
  for (const each of error.errors) {
    const row = each.index === undefined ? undefined : rows[each.index];
    if (row !== undefined) refused.set(row, [...(refused.get(row) ?? []), each]);
  }
  return refused;
}
