import { afterAll, beforeAll, expect, test } from 'vitest';
import { accepted } from '../../functions/api/contract/answers.ts';
import { openTaskToken } from '../../shared/completion/task-token.ts';
import { sliceMessage } from '../../shared/domain/slice.ts';
import { callApi, startApi, type TestApi } from '../support/api.ts';
import { sealingKeys } from '../support/slices.ts';
import { storesOn } from '../support/stores.ts';
import { recordWork } from '../support/work.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const jobs = [{ provider: 'polar', token: 'polar_at_u_1' }];
const call = (body: unknown) => ({ method: 'POST', path: '/v1/revocations', body });

test('a task token is kept sealed for its revocation, and for no other', async () => {
  const { id } = await api.expectAnswer(accepted, call({ taskToken: 'task-4711', jobs }), 202);
  const sealed = (await storesOn(api.table.table).completions.sealedTask(id)) ?? '';
  expect(await openTaskToken(id, sealed, sealingKeys)).toBe('task-4711');
  await expect(openTaskToken(`${id}0`, sealed, sealingKeys)).rejects.toThrow('another');
  expect(JSON.stringify(await api.table.scan())).not.toContain('task-4711');
  expect(await api.deps.revocations.get(id)).toMatchObject({ task: true });
});

test('a state machine that repeats its call waits in a task of its own', async () => {
  const headers = { 'idempotency-key': 'execution-1' };
  const submit = async (body: object) =>
    api.expectAnswer(accepted, { ...call({ jobs, ...body }), headers }, 202);
  const { id } = await submit({ taskToken: 'task-1' });
  const announced: string[] = [];
  const { completions } = storesOn(api.table.table);
  const waiting = async () =>
    openTaskToken(id, (await completions.sealedTask(id)) ?? '', sealingKeys);

  expect((await submit({ taskToken: 'task-2' })).id).toBe(id);
  expect(await waiting()).toBe('task-2');

  // It is complete and has been told, though the state machine has not heard of it.
  const announcing = storesOn(api.table.table, async (revocation) => {
    announced.push(revocation.id);
  });
  for (const { Body = '' } of await api.queues.receive('polar')) {
    const message = sliceMessage.parse(JSON.parse(Body));
    if (message.revocation === id) await recordWork(message, announcing, { outcome: 'revoked' });
  }
  await completions.forgetTask(id, (await completions.sealedTask(id)) ?? '');
  const deps = { ...api.deps, revocations: announcing.revocations };
  const again = await callApi(deps, { ...call({ jobs, taskToken: 'task-3' }), headers });
  expect(again.statusCode).toBe(202);
  expect(await waiting()).toBe('task-3');
  expect(announced).toEqual([id, id]);

  const other = await api.expectProblem({ ...call({ jobs }), headers });
  expect(other).toMatchObject({ status: 409 });
});

test.each(['', 'x'.repeat(2049), 'two words\n', 4711])('%j is no task token', async (taskToken) => {
  const problem = await api.expectProblem(call({ taskToken, jobs }));
  expect(problem).toMatchObject({ status: 422, errors: [{ pointer: '/taskToken' }] });
});

test('a deployment that tells no state machine takes none', async () => {
  const body = { taskToken: 'task-4711', jobs };
  const { statusCode, body: text = '' } = await callApi(
    { ...api.deps, takesTasks: false },
    call(body),
  );
  expect(statusCode).toBe(422);
  expect(JSON.parse(text)).toMatchObject({ errors: [{ pointer: '/taskToken' }] });
});
