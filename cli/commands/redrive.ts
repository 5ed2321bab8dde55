import { setTimeout as sleep } from 'node:timers/promises';
import {
  type RedriveAnswer,
  type RedriveRequest,
  redriveAnswer,
} from '../../functions/api/contract/dead-letters.ts';
import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { connection, defineCommand, json, yes } from '../command.ts';
import type { Api } from '../connection/api.ts';
import { connect } from '../connection/connect.ts';
import { hint } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageFault } from '../faults.ts';
import { confirm } from '../output/confirm.ts';
import { duration } from '../output/eta.ts';
import { counted, jsonLine } from '../output/text.ts';
import { jobIds } from './ids.ts';
import { checkChoice, chosen, chunks, filters, listed } from './parked.ts';

export const redrive = defineCommand({
  name: 'redrive',
  summary: 'Send parked jobs again',
  operands: [{ name: 'JOB', optional: true, repeated: true }],
  options: {
    ...connection,
    ...json,
    ...yes,
    ...filters,
    all: { type: 'boolean', help: 'Every parked job' },
    rate: { type: 'string', value: 'N', help: 'Jobs a second that start at most' },
    'dry-run': { type: 'boolean', help: 'Only count' },
  },
  notes: 'JOB is an id that `rescind dead-letters` shows. It counts first, and asks.',
  run: async ({ values, operands }, context) => {
    const ids = jobIds(operands);
    checkChoice(ids, values, values.all === true);
    const rate = rateOf(values.rate);
    const api = await connect(values, context);
    const asked = chosen(values);
    const requests =
      ids.length === 0 ? [asked] : chunks(ids, maximumJobsPerPart).map((part) => ({ ids: part }));

    const found = await addUp(requests, { dryRun: true }, api);
    const print = (text: string, answer: Total) =>
      context.stdout.write(values.json === true ? jsonLine(answer) : `${text}\n`);
    const what = `${counted(found.count, 'parked job')}${detailsOf(found)}`;
    if (values['dry-run'] === true) {
      await print(`${what} would be sent again`, { ...found, dryRun: true });
      return exitCodes.done;
    }
    if (found.count === 0) {
      await print('nothing is parked that fits', found);
      return exitCodes.done;
    }
    if (!(await confirm(`Send ${what} again?`, values.yes, context))) {
      await hint(context, 'nothing was sent');
      return exitCodes.failed;
    }
    const mode = rate === undefined ? {} : { rate };
    const isAll = ids.length === 0 && Object.keys(asked).length === 0;
    const sent = await addUp(isAll ? byProvider(found) : requests, mode, api, async (seconds) => {
      await hint(context, `at this rate, the next are sent in ${duration(seconds)}`);
      await sleep(seconds * 1000, undefined, { signal: context.signal });
    });
    await print(`sent again: ${counted(sent.count, 'job')}`, sent);
    return exitCodes.done;
  },
});

interface Total {
  readonly count: number;
  readonly reasons?: Readonly<Record<string, number>>;
  readonly providers?: Readonly<Record<string, number>>;
  readonly dryRun?: true;
}

/**
 * The API sends nothing that no filter names. A job keeps its provider, while its reason may be another
 * once it was sent again, so that a request for each reason could send it twice.
 */
const byProvider = ({ providers = {} }: Total) =>
  Object.keys(providers).map((provider) => ({ provider }));

/**
 * Repeats each request as long as its answer says that there is more.
 *
 * @param pause waits until what a call has sent has started, before the next: the rate holds within one only
 */
async function addUp(
  requests: readonly Readonly<Record<string, unknown>>[],
  mode: Pick<RedriveRequest, 'dryRun' | 'rate'>,
  { call }: Api,
  pause: (seconds: number) => Promise<void> = async () => undefined,
): Promise<Total> {
  let total: Total = { count: 0 };
  let busySeconds = 0;
  for (const request of requests) {
    let answer: RedriveAnswer;
    let cursor: string | undefined;
    do {
      if (busySeconds > 0) await pause(busySeconds);
      const body = { ...request, ...mode, ...(cursor !== undefined && { cursor }) };
      answer = await call('/v1/dead-letters/redrive', redriveAnswer, { method: 'POST', body });
      total = plus(total, answer);
      cursor = answer.cursor;
      if (mode.rate !== undefined) busySeconds = answer.count / mode.rate;
    } while (goesOn(answer, mode));
  }
  return total;
}

/**
 * Without a cursor it would begin anew: to send what failed, but not when that got nowhere, nor to
 * count the same again.
 */
const goesOn = (
  { more, cursor, count }: RedriveAnswer,
  { dryRun }: Pick<RedriveRequest, 'dryRun'>,
) => more === true && (cursor !== undefined || (dryRun !== true && count > 0));

const plus = (total: Total, { count, reasons, providers }: RedriveAnswer): Total => ({
  count: total.count + count,
  ...(reasons !== undefined && { reasons: merged(total.reasons, reasons) }),
  ...(providers !== undefined && { providers: merged(total.providers, providers) }),
});

function merged(
  before: Readonly<Record<string, number>> = {},
  now: Readonly<Record<string, number | undefined>>,
): Readonly<Record<string, number>> {
  const sums = new Map(Object.entries(before));
  for (const [name, count = 0] of Object.entries(now)) {
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}

const detailsOf = ({ reasons = {}, providers = {} }: Total): string => {
  const details = [listed(reasons), listed(providers)].filter((text) => text !== '');
  return details.length === 0 ? '' : ` (${details.join('; ')})`;
};

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && rate >= 0.1 && rate <= 10_000) return rate;
  throw new UsageFault('--rate must be a number of jobs a second from 0.1 to 10000.');
}
