import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createChecker, type Verdict } from '../../shared/report/check.ts';
import { remarkText } from '../../shared/report/check-remarks.ts';
import { type ReportKeys, reportKeys } from '../../shared/report/keys.ts';
import { defineCommand, help, json } from '../command.ts';
import { warn } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFault, Interrupted, UsageFault } from '../faults.ts';
import { summary } from '../output/counts.ts';
import { pairs } from '../output/table.ts';
import { grouped, jsonLine, printable } from '../output/text.ts';
import { reportFormatOf, reportFormats } from '../report/formats.ts';
import { readerOf } from '../report/read.ts';
import { exitCodeOfReport } from './report.ts';

export const checkReport = defineCommand({
  name: 'check-report',
  summary: 'Check a report by public keys alone, without a network, and tell what it proves',
  operands: [{ name: 'FILE' }],
  options: {
    keys: {
      type: 'string',
      value: 'FILE',
      help: 'The keys, as `rescind report-keys` prints them; needed',
    },
    format: { type: 'string', choices: reportFormats, help: 'Default: by the name of FILE' },
    ...json,
    ...help,
  },
  notes: `Exit code 0: it is genuine, and tells of all jobs of a revocation that is complete. 1: it is not genuine, or is no
report. 3: genuine, but not all of it, or it changed meanwhile. 4: genuine, of an unfinished revocation.`,
  run: async ({ values, operands }, context) => {
    const [path = ''] = operands;
    if (values.keys === undefined) {
      throw new UsageFault(
        '--keys FILE is missing: the keys that you trust, not some that came with the report.',
      );
    }
    const keys = await readKeys(values.keys);
    const checker = createChecker();
    const read = readerOf(reportFormatOf(path, values.format));
    const shown = await read(chunksOf(path, context.signal), checker.row);
    const verdict = await checker.end(shown, keys);
    if (values.json === true) await context.stdout.write(jsonLine(verdictJson(verdict)));
    if (verdict.kind === 'false') {
      await warn(context, printable(`this report is not genuine: ${verdict.reason}`));
      return exitCodes.failed;
    }
    if (values.json !== true) await context.stdout.write(proven(verdict));
    for (const remark of verdict.remarks) await warn(context, printable(remarkText(remark)));
    return exitCodeOfReport(verdict.remarks);
  },
});

type Genuine = Extract<Verdict, { kind: 'genuine' }>;

/** What is signed, in a table. */
function proven({ statement, kid, rows, before }: Genuine): string {
  const { revocation, progress, iat } = statement;
  const range =
    before === 0 ? grouped(rows) : `${grouped(before + 1)} to ${grouped(before + rows)}`;
  return `Genuine. What is signed:\n${pairs([
    ['revocation', revocation.id],
    ['label', revocation.label],
    ['asked for by', revocation.requestedBy],
    ['asked for at', revocation.createdAt],
    ['status', progress?.status],
    ['completed', progress?.completedAt],
    ['jobs', progress?.counts.total],
    ['outcomes', progress && summary(progress.counts)],
    ['rows', range],
    ['signed at', new Date(iat * 1000).toISOString()],
    ['by key', kid],
  ])}`;
}

const verdictJson = (verdict: Verdict) =>
  verdict.kind === 'false'
    ? { genuine: false, reason: verdict.reason }
    : {
        genuine: true,
        kid: verdict.kid,
        statement: verdict.statement,
        rows: verdict.rows,
        rowsBefore: verdict.before,
        remarks: verdict.remarks.map((remark) => ({ ...remark, text: remarkText(remark) })),
      };

/** @throws UsageFault */
async function readKeys(path: string): Promise<ReportKeys> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageFault(`The keys cannot be read: ${error.code ?? error.name}.`);
  });
  const parsed = reportKeys.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  throw new UsageFault(
    '--keys must name a JWK set as `rescind report-keys` prints it: {"keys":[…]}.',
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024, signal });
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new CliFault(`The report cannot be read: ${code}.`);
  }
}
