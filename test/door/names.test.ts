import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dryRunAnswer } from '../../functions/api/contract/answers.ts';
import { redriveAnswer } from '../../functions/api/contract/dead-letters.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { callApi, startApi, type TestApi } from '../support/api.ts';
import { catalogOf } from '../support/catalog.ts';
import { sliceOf } from '../support/slices.ts';
import { recordWork } from '../support/work.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

/** Names that every object has already. */
describe.each(['constructor', 'valueof'])('a provider called %s', (id) => {
  const call = async (path: string, body: object) => {
    const catalog = await catalogOf({ id, kind: 'polar' });
    const answer = await callApi({ ...api.deps, catalog }, { method: 'POST', path, body });
    expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
    return JSON.parse(answer.body ?? '');
  };

  it('is counted when a submission is tried', async () => {
    const jobs = [{ provider: id, token: 'polar_at_u_1' }];
    const answer = await call('/v1/revocations', { dryRun: true, jobs });
    expect(dryRunAnswer.parse(answer).providers[id]).toMatchObject({ jobs: 1 });
  });

  it('is counted when a redrive is tried', async () => {
    const message = await sliceOf(['token-1', 'token-2'], {
      revocation: newRevocationId(),
      provider: id,
    });
    const parked = { outcome: 'parked', reason: 'refused' } as const;
    await recordWork(message, api.stores, parked, parked);
    const answer = await call('/v1/dead-letters/redrive', { provider: id, dryRun: true });
    expect(redriveAnswer.parse(answer)).toMatchObject({ count: 2, providers: { [id]: 2 } });
  });
});
