import { resolve } from 'node:path';
import { runBulk } from '../bulk/run.ts';
import { stateEnding } from '../bulk/state.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { hint, warn } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { UsageFault } from '../faults.ts';
import { openSource, type Source } from '../input/source.ts';
import { exitCodeOf } from '../output/counts.ts';
import { fileOptions, settingsOf } from './bulk-options.ts';
import { watch } from './watch.ts';

export const bulk = defineCommand({
  name: 'bulk',
  summary: 'Revoke every token of a CSV or NDJSON file, as one revocation',
  operands: [{ name: 'FILE' }],
  options: {
    ...connection,
    ...json,
    ...fileOptions,
    'dry-run': { type: 'boolean', help: 'Only check, and tell what would be done' },
    'on-invalid': {
      type: 'string',
      choices: ['stop', 'skip'],
      help: 'What to do about lines that cannot be sent (default stop)',
    },
    report: { type: 'string', value: 'FILE', help: 'Write everything that is wrong there, as CSV' },
    watch: { type: 'boolean', short: 'w', help: 'Then follow it until every job has an outcome' },
    state: {
      type: 'string',
      value: 'FILE',
      help: 'How far it is (default FILE.rescind-state.json)',
    },
    'start-over': { type: 'boolean', help: 'Forget an earlier run, and send all as a new one' },
    'in-flight': { type: 'string', value: 'N', help: 'Calls at a time (default 4)' },
    'give-up-after': {
      type: 'string',
      value: 'MINUTES',
      help: 'How long to repeat a call that fails (default 10)',
    },
  },
  notes: `FILE is read twice: every line is checked before anything is sent. After Ctrl-C or a crash, the same
command goes on where it stopped, and sends nothing twice. Columns: provider, token, tokenType,
refreshToken, expiresAt, subject, ref, parameters.NAME.`,
  run: async ({ values, operands }, context) => {
    const [file = ''] = operands;
    const settings = settingsOf(file, values);
    const atOnce = wholeNumber('--in-flight', values['in-flight'] ?? '4', 32);
    const minutes = wholeNumber('--give-up-after', values['give-up-after'] ?? '10', 1440);
    const api = await connect(values, context, { patience: minutes * 60 });
    await using source = await openSource(file);
    const stateFile = values.state ?? `${file}${stateEnding}`;
    await checkPlaces(source, stateFile, values.report);
    const result = await runBulk(
      {
        settings,
        atOnce,
        stateFile,
        reportFile: values.report,
        isDryRun: values['dry-run'] === true,
        skipInvalid: values['on-invalid'] === 'skip',
        startOver: values['start-over'] === true,
        asJson: values.json === true,
      },
      source,
      api,
      context,
    );
    if (result.revocation === undefined) return result.exitCode;
    const { revocation } = result;
    await hint(context, `to follow it: rescind status ${revocation} --watch`);
    if (values.watch !== true) return result.exitCode;
    const last = await watch(revocation, api, context, 2, async () => undefined);
    const code: ExitCode = exitCodeOf(last);
    if (code !== exitCodes.done) await warn(context, 'not every token was revoked');
    return result.exitCode === exitCodes.done ? code : result.exitCode;
  },
});

/** @throws UsageFault: a file of tokens may be the only place that they are in */
async function checkPlaces(
  source: Source,
  stateFile: string,
  reportFile: string | undefined,
): Promise<void> {
  if (await source.isAlso(stateFile)) throw new UsageFault('--state must not be FILE itself.');
  if (reportFile === undefined) return;
  if ((await source.isAlso(reportFile)) || resolve(reportFile) === resolve(stateFile)) {
    throw new UsageFault('--report would overwrite FILE or the state of its run.');
  }
}

function wholeNumber(name: string, text: string, most: number): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageFault(`${name} must be a whole number from 1 to ${most}.`);
}
