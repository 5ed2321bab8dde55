import { abandonAnswer } from '../../functions/api/contract/dead-letters.ts';
import { maximumJobsPerPart } from '../../shared/domain/revocation.ts';
import { connection, defineCommand, json, yes } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { hint } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageFault } from '../faults.ts';
import { confirm } from '../output/confirm.ts';
import { counted, jsonLine } from '../output/text.ts';
import { jobIds } from './ids.ts';
import { checkChoice, chunks, filters, parkedJobs } from './parked.ts';

export const abandon = defineCommand({
  name: 'abandon',
  summary: 'Give up on parked jobs for good: their tokens are forgotten',
  operands: [{ name: 'JOB', optional: true, repeated: true }],
  options: {
    ...connection,
    ...json,
    ...yes,
    ...filters,
    all: { type: 'boolean', help: 'Every parked job' },
    note: { type: 'string', value: 'TEXT', help: 'Why; kept and shown' },
    'dry-run': { type: 'boolean', help: 'Only count' },
  },
  notes:
    'JOB is an id that `rescind dead-letters` shows. It counts first, and asks. There is no way back:\nRescind cannot revoke an abandoned token any more.',
  run: async ({ values, operands }, context) => {
    const given = jobIds(operands);
    checkChoice(given, values, values.all === true);
    const { note } = values;
    const isDry = values['dry-run'] === true;
    if (!isDry && (note === undefined || note.trim() === '')) {
      throw new UsageFault('Say why, with --note. It must not hold a token.');
    }
    const api = await connect(values, context);
    const ids =
      given.length > 0 ? given : await Array.fromAsync(parkedJobs(api, values), ({ id }) => id);
    const print = (text: string, answer: { count: number; skipped?: readonly string[] }) =>
      context.stdout.write(values.json === true ? jsonLine(answer) : `${text}\n`);
    const what = counted(ids.length, 'parked job');
    if (isDry || ids.length === 0) {
      const text = ids.length === 0 ? 'nothing is parked that fits' : `${what} would be abandoned`;
      await print(text, { count: ids.length });
      return exitCodes.done;
    }
    if (!(await confirm(`Abandon ${what} for good?`, values.yes, context))) {
      await hint(context, 'nothing was abandoned');
      return exitCodes.failed;
    }
    let count = 0;
    const skipped: string[] = [];
    for (const part of chunks(ids, maximumJobsPerPart)) {
      const answer = await api.call('/v1/dead-letters/abandon', abandonAnswer, {
        method: 'POST',
        body: { ids: part, note },
      });
      count += answer.count;
      skipped.push(...(answer.skipped ?? []));
    }
    const left = skipped.length === 0 ? '' : `; not parked any more: ${skipped.length}`;
    await print(`abandoned: ${counted(count, 'job')}${left}`, {
      count,
      ...(skipped.length > 0 && { skipped }),
    });
    return skipped.length > 0 ? exitCodes.notAll : exitCodes.done;
  },
});
