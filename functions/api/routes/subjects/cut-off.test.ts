import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { SendFault } from '../../../../shared/queue/lanes.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { grantKey } from '../../../../shared/store/keys.ts';
import { callApi, startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf, mollie } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());
afterEach(() => {
  vi.useRealTimers();
});
const { put, list, forget, revoke, revokeNothing, queued } = grantCaller(api);

const path = (subject: string) => `/v1/subjects/${subject}/revoke`;

/** Dies when the person's grants are marked, and nothing is queued. */
async function cutOff(subject: string): Promise<void> {
  const send = () => Promise.reject(new SendFault('SQS is down', []));
  const call = { method: 'POST', path: path(subject), body: {} };
  const { statusCode } = await callApi({ ...api.deps, lanes: { send } }, call);
  expect(statusCode).toBe(503);
}

const laterBy = (seconds: number) =>
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });

describe('a grant whose revocation was cut off', () => {
  test('takes no fresh tokens while its call may go on, and does a minute later', async () => {
    await put('cut', 'g', mollie('1'));
    await cutOff('cut');
    const call = { method: 'PUT', path: `${grantsOf('cut')}/g`, body: mollie('2') };
    expect(await api.expectProblem(call)).toMatchObject({ status: 409 });
    laterBy(61);
    await put('cut', 'g', mollie('2'), 200);
    expect(await list('cut')).toMatchObject([{ state: 'held' }]);
    await revoke('cut');
    expect((await queued()).map(({ token }) => token)).toEqual(['access_2']);
  });

  test('that cannot be revoked any more can be forgotten, as it is told', async () => {
    await put('spoilt', 'g', mollie('1'));
    await cutOff('spoilt');
    const key = grantKey(subjectKey('spoilt', sealingKeys), 'g');
    await api.table.table.put({ ...(await api.table.table.get(key)), sealed: 'no envelope' });
    expect((await revokeNothing('spoilt')).skipped).toMatchObject([
      { grantId: 'g', detail: expect.stringContaining('DELETE') },
    ]);
    expect(await forget('spoilt', 'g')).toMatchObject({ statusCode: 409 });
    laterBy(61);
    expect(await forget('spoilt', 'g')).toMatchObject({ statusCode: 204 });
    expect(await list('spoilt')).toEqual([]);
  });

  test('whose revocation is forgotten can be registered anew', async () => {
    await put('old', 'g', mollie('1'));
    const { id } = await revoke('old');
    await queued();
    laterBy(61);
    const call = { method: 'PUT', path: `${grantsOf('old')}/g`, body: mollie('2') };
    expect(await api.expectProblem(call)).toMatchObject({ status: 409 });
    await api.table.table.put({
      pk: `REV#${id}`,
      sk: 'PART#000000',
      requestedBy: 'x',
      createdAt: '',
      total: 1,
    });
    await put('old', 'g', mollie('2'), 200);
  });
});

test('what is registered while a revocation runs is told of', async () => {
  await put('late', 'a', mollie('1'));
  const lanes = {
    send: async (...args: Parameters<typeof api.deps.lanes.send>) => {
      await api.deps.lanes.send(...args);
      await put('late', 'b', mollie('2'));
    },
  };
  const call = { method: 'POST', path: path('late'), body: {} };
  const { body = '' } = await callApi({ ...api.deps, lanes }, call);
  expect(JSON.parse(body)).toMatchObject({ counts: { total: 1 }, more: true });
  expect(await revoke('late')).not.toHaveProperty('more');
  expect((await queued()).map(({ token }) => token).sort()).toEqual(['access_1', 'access_2']);
});
