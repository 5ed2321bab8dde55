import * as z from 'zod';
import { type OutcomeRow, outcomeRow } from '../../functions/api/contract/answers.ts';
import { outcomes as outcomeNames } from '../../shared/domain/outcome.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { pages } from '../connection/pages.ts';
import { exitCodes } from '../exit-codes.ts';
import { listFormats, printRows } from '../output/rows.ts';
import type { Column } from '../output/table.ts';
import { revocationId } from './ids.ts';

export const format = z.enum(listFormats);

export const outcomes = defineCommand({
  name: 'outcomes',
  summary: 'List what became of each job of a revocation',
  operands: [{ name: 'ID' }],
  options: {
    ...connection,
    ...json,
    format: { type: 'string', choices: listFormats, help: 'Default: table' },
    outcome: {
      type: 'string',
      choices: [...outcomeNames, 'queued'],
      help: 'Only jobs with this one',
    },
  },
  notes: '--json is --format ndjson. A job that has not been tried yet has no row.',
  run: async ({ values, operands }, context) => {
    const id = revocationId(operands[0]);
    const api = await connect(values, context);
    const rows = pages(api, `/v1/revocations/${id}/outcomes`, outcomeRow, {
      outcome: values.outcome,
    });
    const chosen = format.parse(values.format ?? (values.json === true ? 'ndjson' : 'table'));
    await printRows(rows, columns, chosen, context.stdout);
    return exitCodes.done;
  },
});

const columns: readonly Column<OutcomeRow>[] = [
  { title: 'job', cell: ({ part, index }) => `${part}/${index}` },
  { title: 'ref', cell: ({ ref }) => ref },
  { title: 'provider', cell: ({ provider }) => provider },
  { title: 'outcome', cell: ({ outcome }) => outcome },
  { title: 'evidence', cell: ({ evidence }) => evidence },
  { title: 'reason', cell: ({ reason }) => reason },
  { title: 'detail', cell: ({ detail }) => detail },
  { title: 'attempts', cell: ({ attempts }) => attempts },
  { title: 'status', cell: ({ httpStatus }) => httpStatus },
  { title: 'fingerprint', cell: ({ fingerprint }) => fingerprint },
  { title: 'updated', cell: ({ updatedAt }) => updatedAt },
];
