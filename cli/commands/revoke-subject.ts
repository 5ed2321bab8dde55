import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { subjectNotRevoked, subjectRevoked } from '../../functions/api/contract/grant-answers.ts';
import type { Api } from '../connection/api.ts';
import { connect } from '../connection/connect.ts';
import type { TargetOptions } from '../connection/target.ts';
import { type Context, hint, warn } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { confirm } from '../output/confirm.ts';
import { exitCodeOf, summary } from '../output/counts.ts';
import { counted, jsonLine, printable } from '../output/text.ts';
import { watch } from './watch.ts';

interface RevokeValues extends TargetOptions {
  readonly json?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly label?: string | undefined;
  readonly 'include-shared'?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly watch?: boolean | undefined;
}

const answer = z.union([subjectRevoked, subjectNotRevoked]);
type Answer = z.infer<typeof answer>;

/**
 * Revokes every grant of a person, after asking.
 *
 * @param path of the person
 */
export async function revokeSubject(
  path: string,
  values: RevokeValues,
  context: Context,
): Promise<ExitCode> {
  const api = await connect(values, context);
  const { label } = values;
  const asked = {
    ...(label !== undefined && { label }),
    ...(values['include-shared'] === true && { includeShared: true }),
  };
  const ask = (body: object): Promise<Answer> =>
    api.call(`${path}/revoke`, answer, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': randomUUID() },
    });
  const print = (text: string, answered: Answer) =>
    context.stdout.write(values.json === true ? jsonLine(answered) : `${text}\n`);

  const plan = await ask({ ...asked, dryRun: true });
  const { total } = plan.counts;
  const count = `${counted(total, 'token')}${plan.more === true ? ' and more' : ''}`;
  if (values['dry-run'] === true) {
    await print(`${count} would be revoked`, plan);
    return tellRest(plan, context);
  }
  const others = plan.shared.length;
  const leave = others === 0 ? '' : `, and leave ${counted(others, 'grant')} to those who share it`;
  const question = `Revoke ${count} of this person${leave}?`;
  if (total + others > 0 && !(await confirm(question, values.yes, context))) {
    await hint(context, 'nothing was revoked');
    return exitCodes.failed;
  }
  const ids: string[] = [];
  for (;;) {
    // Each with a key of its own: one revocation takes no more than one request does.
    const done = await ask(asked);
    if ('id' in done) {
      ids.push(done.id);
      await print(done.id, done);
    } else if (total === 0) await print('there is nothing to revoke', done);
    if (done.more === true && 'id' in done) continue;
    const code = await tellRest(done, context);
    if (values.watch !== true) return code;
    const watched = await watchAll(ids, values.json === true, api, context);
    return code === exitCodes.done ? watched : code;
  }
}

/** Follows one after the other: they go on side by side all the same. */
async function watchAll(
  ids: readonly string[],
  asJson: boolean,
  api: Api,
  context: Context,
): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  for (const id of ids) {
    const last = await watch(id, api, context, 1, async () => undefined);
    if (asJson) await context.stdout.write(jsonLine(last));
    else await warn(context, summary(last.counts));
    if (code === exitCodes.done) code = exitCodeOf(last);
  }
  return code;
}

/** What is left alone: for others to go on with, or because it cannot be revoked. */
async function tellRest({ shared, skipped = [] }: Answer, context: Context): Promise<ExitCode> {
  for (const { grantId, provider, sharedWith } of shared) {
    const what = `${grantId} at ${provider} is left alone: it serves ${counted(sharedWith, 'other')} as well`;
    await warn(context, printable(what));
  }
  for (const { grantId, provider, detail } of skipped) {
    await warn(context, printable(`${grantId} at ${provider} cannot be revoked: ${detail}`));
  }
  return skipped.length > 0 ? exitCodes.notAll : exitCodes.done;
}
