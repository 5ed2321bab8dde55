import { stat } from 'node:fs/promises';
import { type Remark, remarksOn, remarkText } from '../../shared/report/check-remarks.ts';
import type { ReportPage } from '../../shared/report/page.ts';
import { connection, defineCommand } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { type Context, warn } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CliFault, Interrupted } from '../faults.ts';
import type { Output } from '../output/output.ts';
import { createProgress } from '../output/progress.ts';
import { counted, printable } from '../output/text.ts';
import { reportPages } from '../report/fetch.ts';
import { reportFormatOf, reportFormats } from '../report/formats.ts';
import { createOutputFile, exists } from '../report/output-file.ts';
import { type DocumentWriter, documentWriter } from '../report/write.ts';
import { revocationId } from './ids.ts';

export const report = defineCommand({
  name: 'report',
  summary: 'Write the signed report of a revocation: every job, its outcome and the evidence',
  operands: [{ name: 'ID' }],
  options: {
    ...connection,
    format: {
      type: 'string',
      choices: reportFormats,
      help: 'Default: by the name of FILE, else json',
    },
    output: {
      type: 'string',
      short: 'o',
      value: 'FILE',
      help: 'Write it there (default standard output)',
    },
    overwrite: { type: 'boolean', help: 'Even if FILE is there already' },
  },
  notes: `html is for people, and to be printed; json and csv are for programs. \`rescind check-report\` checks any of them.
Exit code 4: the revocation is not complete, which the report says too. 3: it changed meanwhile, or grants were left out.`,
  run: async ({ values, operands }, context) => {
    const id = revocationId(operands[0]);
    const { output: path, overwrite = false } = values;
    const writer = documentWriter(reportFormatOf(path, values.format));
    const api = await connect(values, context);
    const pages = reportPages(id, api);
    if (path === undefined)
      return tell(await write(pages, writer, context.stdout, context), context);
    if (!overwrite && (await stat(path).catch(() => undefined)) !== undefined) throw exists();
    await using file = createOutputFile(path, overwrite);
    const last = await write(pages, writer, file.output, context);
    await file.keep();
    return tell(last, context);
  },
});

/** @returns the last page */
async function write(
  pages: AsyncIterable<ReportPage>,
  writer: DocumentWriter,
  { write: print }: Output,
  context: Context,
): Promise<ReportPage> {
  const progress = await createProgress(context.stderr, 'reading');
  let last: ReportPage | undefined;
  let total = 0;
  try {
    for await (const page of pages) {
      const { statement, rows } = page;
      total = statement.progress?.counts.total ?? total;
      const head = last === undefined ? writer.head(statement) : '';
      const texts = rows.map((row, at) => writer.row(row, statement.rowsBefore + at));
      await print(head + texts.join(''));
      progress.update(
        statement.rows,
        Math.max(total, statement.rows),
        counted(statement.rows, 'row'),
      );
      last = page;
    }
    if (last === undefined) throw new CliFault('There is no report.');
    await print(writer.foot(last));
    return last;
  } catch (error) {
    if (context.signal.aborted) throw new Interrupted();
    throw error;
  } finally {
    progress.stop();
  }
}

async function tell({ statement }: ReportPage, context: Context): Promise<ExitCode> {
  const remarks = remarksOn(statement, 0);
  for (const remark of remarks) await warn(context, printable(remarkText(remark)));
  return exitCodeOfReport(remarks);
}

/** Whether a report tells of all of a revocation that is complete. */
export function exitCodeOfReport(remarks: readonly Remark[]): ExitCode {
  const kinds = new Set(remarks.map(({ kind }) => kind));
  if (kinds.has('unfinished')) return exitCodes.unfinished;
  return kinds.size > 0 ? exitCodes.notAll : exitCodes.done;
}
