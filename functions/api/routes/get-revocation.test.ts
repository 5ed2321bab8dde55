import { afterAll, expect, test } from 'vitest';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import { startApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { revocation } from '../contract/answers.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const read = (id: string) => api.expectAnswer(revocation, { path: `/v1/revocations/${id}` });

test('tells how far a revocation has come, from queued to completed', async () => {
  // Prepare
  const message = await sliceOf(['a', 'b', 'c']);
  const id = message.revocation;
  const createdAt = '2026-01-01T00:00:00.000Z';
  await api.stores.revocations.create({ id, requestedBy: 'tester', createdAt, total: 3 });
  const counts = {
    total: 3,
    revoked: 0,
    already_invalid: 0,
    unsupported: 0,
    abandoned: 0,
    expired: 0,
  };

  // Act, Assess
  expect(await read(id)).toEqual({
    id,
    status: 'queued',
    counts: { ...counts, queued: 3, parked: 0 },
    requestedBy: 'tester',
    createdAt,
    links: { self: `/v1/revocations/${id}`, outcomes: `/v1/revocations/${id}/outcomes` },
  });

  await recordWork(message, api.stores, { outcome: 'revoked' }, {}, {});
  expect(await read(id)).toMatchObject({
    status: 'running',
    counts: { ...counts, queued: 2, revoked: 1, parked: 0 },
  });

  await recordWork(message, api.stores, {}, { outcome: 'parked' }, { outcome: 'parked' });
  const done = await read(id);
  expect(done).toMatchObject({ status: 'completed', counts: { ...counts, revoked: 1, parked: 2 } });
  expect(done.completedAt).toBeDefined();
});

test.each([newRevocationId(), 'rev_1', 'token-4711'])('%s is not there', async (id) => {
  expect(await api.expectProblem({ path: `/v1/revocations/${id}` })).toMatchObject({
    status: 404,
    detail: expect.stringContaining('no such revocation'),
  });
});
