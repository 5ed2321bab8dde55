import { afterAll, describe, expect, test } from 'vitest';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import { ledgerKey } from '../../../shared/store/keys.ts';
import { startApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { deadLetter, listOf, outcomeRow } from '../contract/answers.ts';
import { abandonAnswer } from '../contract/dead-letters.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const path = '/v1/dead-letters/abandon';
const post = (body: unknown) => api.expectAnswer(abandonAnswer, { method: 'POST', path, body });
const note = 'revoked by hand';

/** A revocation of three jobs, of which the first two are parked. */
async function park() {
  const revocation = newRevocationId();
  await api.stores.revocations.create({
    id: revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: 3,
  });
  const message = await sliceOf(['token-1', 'token-2', 'token-3'], {
    revocation,
    provider: 'polar',
  });
  const parked = { outcome: 'parked', reason: 'refused' } as const;
  await recordWork(message, api.stores, parked, parked, { outcome: 'revoked' });
  const ids = message.jobs.map(({ index }) => `${revocation}/0/${index}`);
  return { revocation, message, ids, parked: ids.slice(0, 2) };
}

test('forgets the sealed tokens and keeps the record, with who and why', async () => {
  const { revocation, message, parked } = await park();

  expect(await post({ ids: parked, note: `  ${note} ` })).toEqual({ count: 2 });

  expect(await api.table.table.get(ledgerKey(message))).not.toHaveProperty('sealed');
  const list = await api.expectAnswer(listOf(deadLetter), { path: '/v1/dead-letters' });
  expect(list.items).toEqual([]);
  const outcomes = await api.expectAnswer(listOf(outcomeRow), {
    path: `/v1/revocations/${revocation}/outcomes`,
    query: { outcome: 'abandoned' },
  });
  expect(outcomes.items).toHaveLength(2);
  for (const row of outcomes.items) {
    expect(row).toMatchObject({ reason: 'refused', decision: { by: 'tester', note } });
  }
  expect(await api.stores.revocations.get(revocation)).toMatchObject({
    ended: { abandoned: 2, parked: 0, revoked: 1 },
  });
});

test('repeated, answers the same; of what is not parked it is told', async () => {
  const { ids, parked } = await park();
  expect(await post({ ids, note })).toEqual({ count: 2, skipped: [ids[2]] });
  expect(await post({ ids: parked, note: 'again' })).toEqual({ count: 2 });
});

test('one after the other, the envelope goes with the last', async () => {
  const { message, parked } = await park();
  await post({ ids: [parked[0]], note });
  expect(await api.table.table.get(ledgerKey(message))).toMatchObject({ sealed: message.sealed });
  await post({ ids: [parked[1]], note });
  expect(await api.table.table.get(ledgerKey(message))).not.toHaveProperty('sealed');
});

test('what has been sent again cannot be abandoned', async () => {
  const { parked } = await park();
  const { statusCode } = await api.call({
    method: 'POST',
    path: '/v1/dead-letters/redrive',
    body: { ids: parked },
  });
  expect(statusCode).toBe(200);
  expect(await post({ ids: parked, note })).toEqual({ count: 0, skipped: parked });
});

describe('422', () => {
  test.each([
    'token-1',
    'it was “token-2”, which is dead',
    'x (token-1). y',
    'token=token-1',
    'https://acme.example/?t=token%2D1&x',
  ])('for a note that holds the token: %s', async (told) => {
    const { message, parked } = await park();
    const body = { ids: parked, note: told };
    const answer = await api.expectProblem({ method: 'POST', path, body });
    expect(answer).toMatchObject({ status: 422, errors: [{ pointer: '/note' }] });
    expect(JSON.stringify(answer)).not.toContain('token-');
    const entry = await api.table.table.get(ledgerKey(message));
    expect(JSON.stringify(entry)).not.toContain('abandon');
  });

  test.each([
    [{ note }, '/ids'],
    [{ ids: [`rev_${'0'.repeat(40)}/0/1`], note }, '/ids/0'],
    [{ ids: ['secret-4711'], note }, '/ids/0'],
    [{ ids: [`rev_${'0'.repeat(40)}/0/1`] }, '/note'],
    [{ ids: [`rev_${'0'.repeat(40)}/0/1`], note: '   ' }, '/note'],
    [{ ids: [`rev_${'0'.repeat(40)}/0/1`], note: 'x'.repeat(501) }, '/note'],
    [{ ids: [`rev_${'0'.repeat(40)}/0/1`], note, provider: 'polar' }, ''],
  ])('for %j', async (body, pointer) => {
    const answer = await api.expectProblem({ method: 'POST', path, body });
    expect(answer).toMatchObject({ status: 422, errors: [{ pointer }] });
    expect(JSON.stringify(answer)).not.toContain('4711');
  });
});
