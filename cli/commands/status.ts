import { revocation } from '../../functions/api/contract/answers.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { pages } from '../connection/pages.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageFault } from '../faults.ts';
import { exitCodeOf, type Revocation, summary } from '../output/counts.ts';
import type { Output } from '../output/output.ts';
import { printRows } from '../output/rows.ts';
import { type Column, pairs } from '../output/table.ts';
import { jsonLine } from '../output/text.ts';
import { revocationId } from './ids.ts';
import { revocationOf, watch } from './watch.ts';

export const status = defineCommand({
  name: 'status',
  summary: 'Tell how far a revocation is; without ID, list them, newest first',
  operands: [{ name: 'ID', optional: true }],
  options: {
    ...connection,
    ...json,
    watch: { type: 'boolean', short: 'w', help: 'Follow it until every job has an outcome' },
    interval: { type: 'string', value: 'SECONDS', help: 'Between two looks (default 2)' },
  },
  notes: `Exit code 0: every token is dead. 3: all have an outcome, but some are parked, unsupported or abandoned.
4: not all have one yet.`,
  run: async ({ values, operands }, context) => {
    const { stdout, stderr } = context;
    const [given] = operands;
    const seconds = interval(values.interval ?? '2');
    if (given === undefined) {
      if (values.watch === true) throw new UsageFault('ID is missing: --watch follows one.');
      const api = await connect(values, context);
      const all = pages(api, '/v1/revocations', revocation);
      await printRows(all, columns, values.json === true ? 'ndjson' : 'table', stdout);
      return exitCodes.done;
    }
    const id = revocationId(given);
    const api = await connect(values, context);
    const last =
      values.watch === true
        ? await watch(id, api, context, seconds, async (now) => {
            if (values.json === true) await stdout.write(jsonLine(now));
            else if (!stderr.isTTY) await stdout.write(`${now.status}: ${summary(now.counts)}\n`);
          })
        : await revocationOf(id, api);
    if (values.watch !== true || (values.json !== true && stderr.isTTY)) {
      await print(last, values.json === true, stdout);
    }
    return exitCodeOf(last);
  },
});

function interval(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds > 0 && seconds <= 3600) return seconds;
  throw new UsageFault('--interval must be a number of seconds up to 3600.');
}

const columns: readonly Column<Revocation>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'status', cell: ({ status: now }) => now },
  { title: 'created', cell: ({ createdAt }) => createdAt },
  { title: 'jobs', cell: ({ counts }) => counts.total },
  { title: 'outcomes', cell: ({ counts }) => summary(counts) },
  { title: 'label', cell: ({ label }) => label },
];

async function print(now: Revocation, asJson: boolean, { write }: Output): Promise<void> {
  const { total, ...counts } = now.counts;
  await write(
    asJson
      ? jsonLine(now)
      : pairs([
          ['id', now.id],
          ['label', now.label],
          ['status', now.status],
          ['asked for by', now.requestedBy],
          ['created', now.createdAt],
          ['completed', now.completedAt],
          ['jobs', total],
          ...Object.entries(counts).map(
            ([name, count]) => [`  ${name}`, count === 0 ? undefined : count] as const,
          ),
        ]),
  );
}
