import { afterAll, beforeAll, expect, test } from 'vitest';
import { accepted } from '../../functions/api/contract/answers.ts';
import { openTaskToken } from '../../shared/completion/task-token.ts';
import { callApi, startApi, type TestApi } from '../support/api.ts';
import { sealingKeys } from '../support/slices.ts';
import { storesOn } from '../support/stores.ts';

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
