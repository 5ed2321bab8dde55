import { randomUUID } from 'node:crypto';
import * as answers from '../../functions/api/contract/answers.ts';
import { submittedJob } from '../../functions/api/contract/submission.ts';
import { tokenTypes } from '../../shared/domain/job.ts';
import { connection, defineCommand, json } from '../command.ts';
import { connect } from '../connection/connect.ts';
import { hint, warn } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { CliFault, UsageFault } from '../faults.ts';
import { readSecrets } from '../input/stdin.ts';
import { exitCodeOf, summary } from '../output/counts.ts';
import { jsonLine } from '../output/text.ts';
import { parametersOf } from './parameters.ts';
import { watch } from './watch.ts';

export const revoke = defineCommand({
  name: 'revoke',
  summary: 'Revoke one token, read from standard input',
  options: {
    ...connection,
    ...json,
    provider: { type: 'string', short: 'p', value: 'ID', help: 'Whose token it is; needed' },
    pair: {
      type: 'boolean',
      help: 'Read the access token, and on a line of its own the refresh token',
    },
    'token-type': { type: 'string', choices: tokenTypes, help: 'Where you know it' },
    'expires-at': { type: 'string', value: 'TIME', help: 'When it dies by itself, ISO 8601' },
    subject: {
      type: 'string',
      value: 'TEXT',
      help: 'Whose it is, for providers that need to know',
    },
    ref: { type: 'string', value: 'TEXT', help: 'Your own name for the job' },
    param: {
      type: 'string',
      multiple: true,
      value: 'NAME=VALUE',
      help: 'What the adapter of the provider needs besides',
    },
    label: { type: 'string', value: 'TEXT', help: 'What this is for' },
    watch: { type: 'boolean', short: 'w', help: 'Follow it until it has an outcome' },
    'dry-run': { type: 'boolean', help: 'Only check' },
  },
  notes:
    'E.g.: pass show acme/token | rescind revoke --provider polar. Prints the id of the revocation.',
  run: async ({ values }, context) => {
    const { provider, label } = values;
    if (provider === undefined) throw new UsageFault('--provider is missing.');
    const api = await connect(values, context);
    const names = values.pair === true ? ['access token', 'refresh token'] : ['token'];
    const [token, refreshToken] = await readSecrets(names, context);
    const job = checked({
      provider,
      token,
      refreshToken,
      tokenType: values['token-type'],
      expiresAt: values['expires-at'],
      subject: values.subject,
      ref: values.ref,
      parameters: parametersOf(values.param),
    });
    const body = { ...(label !== undefined && { label }), jobs: [job] };
    const print = (answer: unknown, text: string) =>
      context.stdout.write(values.json === true ? jsonLine(answer) : `${text}\n`);

    if (values['dry-run'] === true) {
      const request = { method: 'POST', body: { ...body, dryRun: true } } as const;
      const answer = await api.call('/v1/revocations', answers.dryRunAnswer, request);
      const reach = Object.keys(answer.providers[provider]?.reach ?? {}).join(', ');
      await print(answer, `it can be revoked; with it dies: ${reach}`);
      return exitCodes.done;
    }
    const accepted = await api.call('/v1/revocations', answers.accepted, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': randomUUID() },
    });
    const { id } = accepted;
    if (values.watch !== true) {
      await print(accepted, id);
      await hint(context, `to follow it: rescind status ${id} --watch`);
      return exitCodes.done;
    }
    if (values.json !== true) await print(accepted, id);
    const last = await watch(id, api, context, 1, async () => undefined);
    if (values.json === true) await print(last, '');
    else await warn(context, summary(last.counts));
    return exitCodeOf(last);
  },
});

/** @throws CliFault naming fields, and quoting none */
function checked(given: Readonly<Record<string, unknown>>) {
  const parsed = submittedJob.safeParse(
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`);
  throw new CliFault(`This cannot be sent: ${problems.join('; ')}.`);
}
