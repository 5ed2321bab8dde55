import * as contract from '../../functions/api/contract/grant-answers.ts';
import { tokenTypes } from '../../shared/domain/job.ts';
import { connection, defineCommand, json, yes } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { pages } from '../connection/pages.ts';
import { type Context, hint } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { UsageFault } from '../faults.ts';
import { readSecrets } from '../input/stdin.ts';
import { confirm } from '../output/confirm.ts';
import { printRows } from '../output/rows.ts';
import type { Column } from '../output/table.ts';
import { jsonLine } from '../output/text.ts';
import { parametersOf } from './parameters.ts';
import { revokeSubject } from './revoke-subject.ts';
import { grantPath, subjectPath } from './subject.ts';

const actions = ['list', 'put', 'delete', 'revoke'] as const;

export const grants = defineCommand({
  name: 'grants',
  summary: 'Keep, list and revoke the grants of a person',
  operands: [
    { name: 'list|put|delete|revoke', choices: actions },
    { name: 'SUBJECT' },
    { name: 'GRANT', optional: true },
  ],
  options: {
    ...connection,
    ...json,
    ...yes,
    provider: { type: 'string', short: 'p', value: 'ID', help: 'put: whose token it is; needed' },
    'token-type': { type: 'string', choices: tokenTypes, help: 'put: default access_token' },
    pair: { type: 'boolean', help: 'put: read access token and refresh token, one a line' },
    'expires-at': {
      type: 'string',
      value: 'TIME',
      help: 'put: when the access token dies by itself',
    },
    'refresh-expires-at': { type: 'string', value: 'TIME', help: 'put: and the refresh token' },
    'shared-by': {
      type: 'string',
      multiple: true,
      value: 'SUBJECT',
      help: 'put: others it serves',
    },
    param: { type: 'string', multiple: true, value: 'NAME=VALUE', help: 'put: for the adapter' },
    label: { type: 'string', value: 'TEXT', help: 'revoke: what this is for; shown' },
    'include-shared': { type: 'boolean', help: 'revoke: also what serves others, who lose it too' },
    'dry-run': { type: 'boolean', help: 'revoke: only tell what would be done' },
    watch: {
      type: 'boolean',
      short: 'w',
      help: 'revoke: follow it until every job has an outcome',
    },
  },
  notes: `list SUBJECT          what is kept: no token
put SUBJECT GRANT     keep its tokens, read from standard input
delete SUBJECT GRANT  forget it; revokes nothing
revoke SUBJECT        revoke all of them that serve nobody else`,
  run: async ({ values, operands }, context) => {
    const [action, subject, grant] = operands;
    if ((action === 'list' || action === 'revoke') && grant !== undefined) {
      throw new UsageFault(`\`grants ${action}\` takes no GRANT: it is about all of a person.`);
    }
    switch (action) {
      case 'put':
        return put(grantPath(subject, grant), values, context);
      case 'delete': {
        const path = grantPath(subject, grant);
        const api = await connect(values, context);
        const question =
          'Forget 1 grant? Its tokens are not revoked, and cannot be from here any more.';
        if (!(await confirm(question, values.yes, context))) {
          await hint(context, 'nothing was forgotten');
          return exitCodes.failed;
        }
        await api.send(path, { method: 'DELETE' });
        const answer = { grantId: grant, forgotten: true };
        await context.stdout.write(
          values.json === true ? jsonLine(answer) : `${grant} forgotten\n`,
        );
        return exitCodes.done;
      }
      case 'revoke':
        return revokeSubject(subjectPath(subject), values, context);
      default: {
        const path = `${subjectPath(subject)}/grants`;
        const rows = pages(await connect(values, context), path, contract.grant);
        await printRows(rows, columns, values.json === true ? 'ndjson' : 'table', context.stdout);
        return exitCodes.done;
      }
    }
  },
});

interface PutValues {
  readonly url?: string | undefined;
  readonly 'api-key-file'?: string | undefined;
  readonly region?: string | undefined;
  readonly json?: boolean | undefined;
  readonly provider?: string | undefined;
  readonly 'token-type'?: string | undefined;
  readonly pair?: boolean | undefined;
  readonly 'expires-at'?: string | undefined;
  readonly 'refresh-expires-at'?: string | undefined;
  readonly 'shared-by'?: string[] | undefined;
  readonly param?: string[] | undefined;
}

async function put(path: string, values: PutValues, context: Context) {
  if (values.provider === undefined) throw new UsageFault('--provider is missing.');
  if (values.pair === true && values['token-type'] !== undefined) {
    throw new UsageFault('--pair reads both tokens; leave --token-type out.');
  }
  const api = await connect(values, context);
  const isRefresh = values['token-type'] === 'refresh_token';
  const names = values.pair === true ? ['access token', 'refresh token'] : ['token'];
  const [first, second] = await readSecrets(names, context);
  const body = {
    provider: values.provider,
    accessToken: isRefresh ? undefined : first,
    refreshToken: isRefresh ? first : second,
    expiresAt: values['expires-at'],
    refreshExpiresAt: values['refresh-expires-at'],
    sharedBy: values['shared-by'],
    parameters: parametersOf(values.param),
  };
  const kept = await api.call(path, contract.grant, { method: 'PUT', body });
  await context.stdout.write(
    values.json === true ? jsonLine(kept) : `${kept.grantId} ${kept.state}\n`,
  );
  return exitCodes.done;
}

const columns: readonly Column<contract.GrantRow>[] = [
  { title: 'grant', cell: ({ grantId }) => grantId },
  { title: 'provider', cell: ({ provider }) => provider },
  { title: 'state', cell: ({ state }) => state },
  { title: 'tokens', cell: ({ tokens }) => Object.keys(tokens).join(', ') },
  { title: 'shared with', cell: ({ sharedWith }) => sharedWith },
  { title: 'revocation', cell: ({ revocation }) => revocation },
  { title: 'updated', cell: ({ updatedAt }) => updatedAt },
];
