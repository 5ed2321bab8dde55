import type { DeadLetterRow } from '../../functions/api/contract/answers.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { listFormats, printRows } from '../output/rows.ts';
import type { Column } from '../output/table.ts';
import { format } from './outcomes.ts';
import { filters, parkedJobs } from './parked.ts';

export const deadLetters = defineCommand({
  name: 'dead-letters',
  summary: 'List parked jobs: those that could not be revoked, and why',
  options: {
    ...connection,
    ...json,
    ...filters,
    format: { type: 'string', choices: listFormats, help: 'Default: table' },
  },
  notes: '--json is --format ndjson.',
  run: async ({ values }, context) => {
    const api = await connect(values, context);
    const chosen = format.parse(values.format ?? (values.json === true ? 'ndjson' : 'table'));
    await printRows(parkedJobs(api, values), columns, chosen, context.stdout);
    return exitCodes.done;
  },
});

const columns: readonly Column<DeadLetterRow>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'ref', cell: ({ ref }) => ref },
  { title: 'provider', cell: ({ provider }) => provider },
  { title: 'reason', cell: ({ reason }) => reason },
  { title: 'detail', cell: ({ detail }) => detail },
  { title: 'attempts', cell: ({ attempts }) => attempts },
  { title: 'redrives', cell: ({ redrives }) => redrives },
  { title: 'fingerprint', cell: ({ fingerprint }) => fingerprint },
  { title: 'parked', cell: ({ parkedAt }) => parkedAt },
  { title: 'expires', cell: ({ expiresAt }) => expiresAt },
];
