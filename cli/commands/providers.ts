import { listOf, type ProviderRow, provider } from '../../functions/api/contract/answers.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { exitCodes } from '../exit-codes.ts';
import { printRows } from '../output/rows.ts';
import type { Column } from '../output/table.ts';

export const providers = defineCommand({
  name: 'providers',
  summary: 'List the configured providers, what they can do and how they fare',
  options: { ...connection, ...json },
  run: async ({ values }, context) => {
    const { call } = await connect(values, context);
    const { items } = await call('/v1/providers', listOf(provider));
    const rows = (async function* () {
      yield* items;
    })();
    await printRows(rows, columns, values.json === true ? 'ndjson' : 'table', context.stdout);
    return exitCodes.done;
  },
});

const columns: readonly Column<ProviderRow>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'kind', cell: ({ kind }) => kind },
  { title: 'revokes', cell: (row) => revokes(row) },
  {
    title: 'rate',
    cell: ({ rate }) => (rate === undefined ? undefined : `${rate.requestsPerSecond}/s`),
  },
  { title: 'lane', cell: (row) => lane(row) },
  { title: 'parked', cell: (row) => parked(row) },
  { title: 'last error', cell: ({ health }) => health.lastError },
];

/** Token types, and how much dies with one. */
function revokes({ capabilities }: ProviderRow): string {
  return Object.entries(capabilities.tokenTypes)
    .map(([type, reach]) => `${type.replace('_token', '')}: ${reach}`)
    .join(', ');
}

const lane = ({ health: { state, reason, pausedUntil } }: ProviderRow): string =>
  state === 'open'
    ? 'open'
    : ['paused', reason && `(${reason})`, pausedUntil && `until ${pausedUntil}`]
        .filter((part) => part !== undefined)
        .join(' ');

const parked = ({ health }: ProviderRow): string | number =>
  health.parkedIsExact ? health.parked : `${health.parked}+`;
