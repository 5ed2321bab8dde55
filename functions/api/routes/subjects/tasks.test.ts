import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createTaskChannel, type TaskEnd } from '../../../../functions/completion/task.ts';
import { completionEvent } from '../../../../shared/completion/event.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { grantKey } from '../../../../shared/store/keys.ts';
import { callApi, startApi } from '../../../../test/support/api.ts';
import { grantCaller, mollie, revoked } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';
import { storesOn } from '../../../../test/support/stores.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());
const { put, forget, revoke, queued, end } = grantCaller(api);

const ended = new Map<string, TaskEnd>();
beforeEach(() => ended.clear());
const channel = createTaskChannel({
  secrets: api.deps.secrets,
  completions: storesOn(api.table.table).completions,
  connect: async () => async (token, how) => {
    ended.set(token, how);
    return true;
  },
  log: api.deps.log,
});

/** What the function of completions does with the revocation, if it is complete. */
async function tell(id: string): Promise<void> {
  const revocation = await api.stores.revocations.completed(id, 0);
  if (revocation === undefined || !channel.concerns(revocation)) return;
  await channel.publish(completionEvent(revocation), revocation);
}

const outputOf = (token: string) => {
  const how = ended.get(token);
  return how?.kind === 'success' ? JSON.parse(how.output) : undefined;
};

const path = (subject: string) => `/v1/subjects/${subject}/revoke`;
const refused = (subject: string, body: object) =>
  api.expectProblem({ method: 'POST', path: path(subject), body });

/** The person's grant as something stands there that cannot be opened. */
async function spoil(person: string, grantId: string): Promise<void> {
  const key = grantKey(subjectKey(person, sealingKeys), grantId);
  const item = await api.table.table.get(key);
  await api.table.table.put({ ...item, sealed: 'no envelope' });
}

describe('the task of a state machine', () => {
  test('succeeds when every token of the person is dead, and its token is kept sealed', async () => {
    await put('jane', 'g', mollie('1'));
    const { id } = await revoke('jane', { taskToken: 'task-1' });
    expect(JSON.stringify([await api.table.scan(), api.lines])).not.toContain('task-1');
    await tell(id);
    expect(ended.size).toBe(0);
    await end(await queued(), revoked);
    await tell(id);
    expect(outputOf('task-1')).toMatchObject({ id, allDead: true, counts: { total: 1 } });
  });

  test('ends at once where nothing is there to revoke', async () => {
    const { id, status, counts } = await revoke('nobody', { taskToken: 'task-2', label: 'why' });
    expect({ status, counts }).toMatchObject({ status: 'completed', counts: { total: 0 } });
    await tell(id);
    expect(outputOf('task-2')).toMatchObject({ id, allDead: true, counts: { total: 0 } });
    expect(await api.stores.revocations.get(id)).toMatchObject({
      label: 'why',
      completedAt: expect.any(String),
    });
    expect((await api.stores.revocations.get(id))?.subject).toBeUndefined();
  });

  test('ends at once where all there is serves others as well', async () => {
    await put('one', 'team', { ...mollie('1'), sharedBy: ['other'] });
    const { id, shared } = await revoke('one', { taskToken: 'task-3' });
    expect(shared).toMatchObject([{ grantId: 'team', sharedWith: 1 }]);
    await tell(id);
    expect(outputOf('task-3')).toMatchObject({ allDead: true });
    expect(await queued()).toEqual([]);
  });

  test('fails where a grant of the person could not be revoked, then and as long as that is so', async () => {
    await put('half', 'good', mollie('1'));
    await put('half', 'bad', mollie('2'));
    await spoil('half', 'bad');
    const { id } = await revoke('half', { taskToken: 'task-4' });
    await end(await queued(), revoked);
    await tell(id);
    expect(ended.get('task-4')).toMatchObject({ kind: 'failure', error: 'Rescind.TokensAlive' });
    const answer = await api.call({ path: `/v1/revocations/${id}` });
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ leftAlive: 1 });
    await tell((await revoke('half', { taskToken: 'task-5' })).id);
    expect(ended.get('task-5')).toMatchObject({ kind: 'failure' });
  });

  test('fails again when it is tried again though a token could not be revoked', async () => {
    await put('again', 'g', mollie('1'));
    const { id } = await revoke('again', { taskToken: 'task-6' });
    await end(await queued(), { outcome: 'unsupported' });
    await tell(id);
    expect(ended.get('task-6')).toMatchObject({ kind: 'failure' });
    const next = await revoke('again', { taskToken: 'task-7' });
    expect(next.id).not.toBe(id);
    await tell(next.id);
    expect(ended.get('task-7')).toMatchObject({ kind: 'failure' });

    // Somebody has seen to it at the provider, and deletes what is left of it here.
    expect((await forget('again', 'g')).statusCode).toBe(204);
    const last = await revoke('again', { taskToken: 'task-7b' });
    await tell(last.id);
    expect(outputOf('task-7b')).toMatchObject({ allDead: true });
  });

  test('is refused while another call’s revocation is under way, and not when that has ended', async () => {
    await put('underway', 'g', mollie('1'));
    const first = await revoke('underway');
    expect(await refused('underway', { taskToken: 'task-8' })).toMatchObject({
      type: 'urn:rescind:problem:conflict',
    });
    await end(await queued(), revoked);
    const { id } = await revoke('underway', { taskToken: 'task-8' });
    expect(id).not.toBe(first.id);
    await tell(id);
    expect(outputOf('task-8')).toMatchObject({ allDead: true });
  });

  test('said again gets its own revocation, under way or ended', async () => {
    await put('twice', 'g', mollie('1'));
    const { id } = await revoke('twice', { taskToken: 'task-9' });
    expect(await revoke('twice', { taskToken: 'task-9' })).toMatchObject({ id });
    await end(await queued(), revoked);
    expect(await revoke('twice', { taskToken: 'task-9' })).toMatchObject({ id });
    await tell(id);
    expect(outputOf('task-9')).toMatchObject({ id, allDead: true });
  });

  test('ends though another call carries its plan out to the end while it stands still', async () => {
    await put('stopped', 'g', mollie('1'));
    const { plans } = api.deps.registry;
    const slow: typeof plans = {
      ...plans,
      replace: async (...given) => {
        const written = await plans.replace(...given);
        const { id } = await revoke('stopped');
        await end(await queued(), revoked);
        await tell(id);
        return written;
      },
    };
    const registry = { ...api.deps.registry, plans: slow };
    const request = { method: 'POST', path: path('stopped'), body: { taskToken: 'task-14' } };
    await callApi({ ...api.deps, registry }, request);
    expect(outputOf('task-14')).toMatchObject({ allDead: true, counts: { total: 1 } });
  });

  test('fails while what was registered since is dead, and what was begun before is not', async () => {
    await put('mixed', 'old', mollie('1'));
    await revoke('mixed');
    const old = await queued();
    await put('mixed', 'new', mollie('2'));
    const { id } = await revoke('mixed', { taskToken: 'task-10' });
    await end(await queued(), revoked);
    await tell(id);
    expect(ended.get('task-10')).toMatchObject({ kind: 'failure' });
    await end(old, revoked);
    await tell((await revoke('mixed', { taskToken: 'task-11' })).id);
    expect(outputOf('task-11')).toMatchObject({ allDead: true });
  });
});

test('a dry run takes no task token: nothing would end its task', async () => {
  expect(await refused('jane', { dryRun: true, taskToken: 'task-12' })).toMatchObject({
    status: 422,
    errors: [{ pointer: '/taskToken' }],
  });
});

test.each(['', 'x'.repeat(2049), 4711])('%j is no task token', async (taskToken) => {
  expect(await refused('jane', { taskToken })).toMatchObject({
    status: 422,
    errors: [{ pointer: '/taskToken' }],
  });
});

test('a deployment that tells no state machine takes none', async () => {
  const request = { method: 'POST', path: path('jane'), body: { taskToken: 'task-13' } };
  const answer = await callApi({ ...api.deps, takesTasks: false }, request);
  expect(answer.statusCode).toBe(422);
  expect(JSON.parse(answer.body ?? '')).toMatchObject({ errors: [{ pointer: '/taskToken' }] });
});

test('a label that holds one of the person’s tokens is refused, and not quoted', async () => {
  await put('labelled', 'g', mollie('canary-1'));
  for (const dryRun of [true, false]) {
    const problem = await refused('labelled', { dryRun, label: 'kill access_canary-1 now' });
    expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '/label' }] });
    expect(JSON.stringify(problem)).not.toContain('canary');
  }
  const key = { 'idempotency-key': 'labelled-1' };
  const body = { label: 'kill access_canary-1 now' };
  const call = { method: 'POST', path: path('labelled'), headers: key };
  expect(await api.call({ ...call, body })).toMatchObject({ statusCode: 422 });
  await revoke('labelled', { label: 'deletion 4711' }, key);
});
