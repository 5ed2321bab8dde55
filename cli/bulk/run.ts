import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Api } from '../connection/api.ts';
import { type Context, hint, warn } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { CliFault, Interrupted, OutputClosed } from '../faults.ts';
import type { Source } from '../input/source.ts';
import { createOutput } from '../output/output.ts';
import { createProgress } from '../output/progress.ts';
import { counted, grouped, jsonLine } from '../output/text.ts';
import { check } from './check.ts';
import type { Findings } from './findings.ts';
import { openJournal } from './journal.ts';
import { findingsJson, flawLine, flawTitles, report } from './report.ts';
import { send } from './send.ts';
import { countSent } from './sent.ts';
import { startOver } from './start-over.ts';
import {
  type BulkSettings,
  type BulkState,
  createState,
  newState,
  readState,
  removeLeftovers,
  removeState,
} from './state.ts';

export interface BulkOptions {
  readonly settings: BulkSettings;
  readonly atOnce: number;
  readonly stateFile: string;
  readonly reportFile: string | undefined;
  readonly isDryRun: boolean;
  readonly skipInvalid: boolean;
  readonly startOver: boolean;
  readonly asJson: boolean;
}

export interface BulkResult {
  readonly exitCode: ExitCode;
  /** Absent when nothing was sent. */
  readonly revocation?: string;
}

type World = readonly [source: Source, api: Api & { readonly url: string }, context: Context];

/** Checks a file and sends it, or goes on with one that was not sent to its end. */
export async function runBulk(options: BulkOptions, ...world: World): Promise<BulkResult> {
  const [source, api, context] = world;
  const { url } = api;
  if (options.isDryRun) return checkOnly(options, ...world);
  await removeLeftovers(options.stateFile);
  if (options.startOver) await startOver(options.stateFile, api, context);
  const earlier = await unlessAnother(await readState(options.stateFile), options, ...world);
  if (earlier !== undefined) {
    await checkSame(earlier, options.settings, url, source);
    if (earlier.leftOut > 0) {
      await warn(
        context,
        `${counted(earlier.leftOut, 'line')} of it cannot be sent and are left out`,
      );
    }
    if (earlier.finishedAt !== undefined) {
      await warn(
        context,
        `this file was sent at ${earlier.finishedAt}; --start-over sends it again`,
      );
      return finish(earlier, options, context);
    }
    const parts = counted(countSent(earlier.sent), 'part');
    await hint(context, `going on with the run of ${earlier.begunAt}, which has sent ${parts}`);
    return sendAll(earlier, options, ...world);
  }
  const findings = await checkAll(options, ...world);
  const file = source.content();
  if (findings.flawed > 0 || findings.repeated > 0) await context.stderr.write(report(findings));
  if (findings.flawed > 0 && !options.skipInvalid) {
    await warn(
      context,
      'nothing was sent. Mend the file, or leave those lines out with --on-invalid skip',
    );
    return { exitCode: exitCodes.notAll };
  }
  if (findings.rows === 0 || file === undefined) {
    throw new CliFault('Nothing was sent: the file has no line that can be.');
  }
  const begun = newState({
    url,
    file,
    settings: options.settings,
    rows: findings.rows,
    leftOut: findings.flawed,
    refused: findings.refused.toText(),
    isOnePart: findings.parts === 1,
  });
  await createState(options.stateFile, begun);
  return sendAll(begun, options, ...world);
}

/** A run that has ended does not stand in the way of another content of the same name. */
async function unlessAnother(
  earlier: BulkState | undefined,
  { stateFile }: BulkOptions,
  ...[source, , context]: World
): Promise<BulkState | undefined> {
  if (earlier?.finishedAt === undefined || (await source.holds(earlier.file))) return earlier;
  const { revocation = '', finishedAt } = earlier;
  await warn(
    context,
    `another content of this file was sent as ${revocation}, which ended at ${finishedAt}; this is a new run`,
  );
  await removeState(stateFile);
  return undefined;
}

/** `--dry-run`: tells what sending would do. */
async function checkOnly(options: BulkOptions, ...world: World): Promise<BulkResult> {
  const [, , { stdout }] = world;
  const findings = await checkAll(options, ...world);
  const told = options.asJson ? jsonLine(findingsJson(findings)) : report(findings);
  await stdout.write(told);
  return { exitCode: findings.flawed > 0 ? exitCodes.notAll : exitCodes.done };
}

async function checkAll(
  { settings, atOnce, reportFile }: BulkOptions,
  ...[source, api, context]: World
): Promise<Findings> {
  const progress = await createProgress(context.stderr, 'checking');
  const full = reportFile === undefined ? undefined : await openReport(reportFile);
  let bytes = 0;
  let rows = 0;
  const show = () => progress.update(bytes, source.size, counted(rows, 'line'));
  try {
    const onBytes = (read: number) => {
      bytes += read;
      show();
    };
    const reads = source.read(settings, { onBytes });
    return await check(reads, api, {
      atOnce,
      onChecked: (more) => {
        rows += more;
        show();
      },
      ...(full !== undefined && { onFlaw: (flaw) => full.write(flawLine(flaw)) }),
    });
  } catch (error) {
    if (context.signal.aborted) throw new Interrupted('interrupted; nothing was sent');
    throw error;
  } finally {
    progress.stop();
    await full?.close();
  }
}

/** @throws CliFault when it cannot be written */
async function openReport(path: string) {
  const stream = createWriteStream(path, { mode: 0o600 });
  await once(stream, 'open').catch((error: NodeJS.ErrnoException) => {
    throw new CliFault(`The report cannot be written to ${path}: ${error.code ?? error.name}.`);
  });
  const { write } = createOutput(stream, {});
  await write(flawTitles);
  return {
    write,
    close: async () => {
      stream.end();
      if (!stream.closed) await once(stream, 'close');
    },
  };
}

/** @throws CliFault when it is another file, or is to be sent otherwise */
async function checkSame(
  { file, settings, url, finishedAt }: BulkState,
  now: BulkSettings,
  nowUrl: string,
  source: Source,
): Promise<void> {
  const way =
    finishedAt === undefined
      ? 'Put it back to go on, or use --start-over to forget that run and send all as a new one.'
      : 'Use --start-over to forget that run and send this as a new one.';
  if (!(await source.holds(file))) {
    throw new CliFault(`An earlier run has sent another content of this file. ${way}`);
  }
  if (nowUrl !== url) {
    throw new CliFault(`An earlier run has sent this file to ${url}, not to ${nowUrl}. ${way}`);
  }
  const other = Object.keys({ ...settings, ...now }).filter(
    (name) => !isDeepStrictEqual(Reflect.get(settings, name), Reflect.get(now, name)),
  );
  if (other.length > 0) {
    const names = other.map((name) =>
      name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    );
    throw new CliFault(
      `An earlier run with this file had other options: --${names.join(', --')}. Repeat them as they were, or use --start-over.`,
    );
  }
}

async function sendAll(
  begun: BulkState,
  options: BulkOptions,
  ...[source, api, context]: World
): Promise<BulkResult> {
  const progress = await createProgress(context.stderr, 'sending');
  const journal = openJournal(options.stateFile, begun);
  let rows = 0;
  try {
    await send(source.read(options.settings, { content: begun.file }), api, journal, {
      atOnce: options.atOnce,
      onRows: (more) => {
        rows += more;
        progress.update(rows, begun.rows, `${grouped(rows)} of ${counted(begun.rows, 'line')}`);
      },
    });
  } catch (error) {
    progress.stop();
    const goOn = 'Run the same command again to go on; nothing is sent twice.';
    const parts = counted(countSent(journal.now().sent), 'part');
    if (context.signal.aborted) throw new Interrupted(`interrupted after ${parts}. ${goOn}`);
    if (!(error instanceof OutputClosed)) await warn(context, `stopped after ${parts}. ${goOn}`);
    throw error;
  } finally {
    progress.stop();
  }
  return finish(journal.now(), options, context);
}

async function finish(
  { revocation, rows, leftOut }: BulkState,
  { asJson }: BulkOptions,
  { stdout }: Context,
): Promise<BulkResult> {
  if (revocation === undefined) throw new CliFault('The revocation has no id.');
  await stdout.write(asJson ? jsonLine({ id: revocation, rows }) : `${revocation}\n`);
  return { exitCode: leftOut > 0 ? exitCodes.notAll : exitCodes.done, revocation };
}
