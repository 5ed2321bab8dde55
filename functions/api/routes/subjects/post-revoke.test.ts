import { afterAll, describe, expect, test } from 'vitest';
import { concludeGrants } from '../../../../shared/grants/conclude.ts';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { grantKey } from '../../../../shared/store/keys.ts';
import { startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf, mollie, polar, revoked } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());
const { put, list, forget, revoke, revokeNothing, queued, end, tokensOf, statesOf } =
  grantCaller(api);

describe('a person’s grants', () => {
  test('are revoked as one revocation, refresh before access, and what they were is kept without tokens', async () => {
    // Prepare
    const refreshExpiresAt = '2027-01-15T08:00:00Z';
    await put('jane', 'a', { ...mollie('1'), refreshToken: 'refresh_1', refreshExpiresAt });
    await put('jane', 'b', polar('1'));
    await put('jane', 'c', { provider: 'mollie', refreshToken: 'refresh_2', refreshExpiresAt });

    // Act
    const { id, counts, shared } = await revoke('jane', { label: 'deletion request 4711' });

    // Assess
    expect({ counts, shared }).toMatchObject({ counts: { total: 4, queued: 4 }, shared: [] });
    expect(await statesOf('jane')).toEqual({ a: 'revoking', b: 'revoking', c: 'revoking' });
    const jobs = await queued();
    expect(jobs.map(({ token, ref, after }) => [token, ref, after])).toEqual([
      ['polar_at_u_1', 'b', undefined],
      ['access_1', 'a', 3],
      ['refresh_2', 'c', undefined],
      ['refresh_1', 'a', undefined],
    ]);
    const expiries = jobs.flatMap(({ message }) => message.jobs.map(({ expiresAt }) => expiresAt));
    expect(new Set(expiries)).toEqual(new Set([undefined, 1_800_000_000]));

    await end(jobs, revoked);
    expect(await list('jane')).toMatchObject(
      ['a', 'b', 'c'].map((grantId) => ({ grantId, state: 'revoked', revocation: id })),
    );
    const items = (await api.table.scan()).filter(({ pk }) => String(pk).startsWith('SUBJECT#'));
    expect(JSON.stringify(items)).not.toContain('"sealed"');
  });

  test('that are being revoked take no fresh tokens, and are not forgotten', async () => {
    await put('leaving', 'g', mollie('1'));
    const { id } = await revoke('leaving');
    expect(
      await api.expectProblem({
        method: 'PUT',
        path: `${grantsOf('leaving')}/g`,
        body: mollie('2'),
      }),
    ).toMatchObject({ status: 409, detail: expect.stringContaining('POST /v1/revocations') });
    expect(await forget('leaving', 'g')).toMatchObject({ statusCode: 409 });
    expect(await tokensOf()).toEqual(['access_1']);
    expect(await revoke('leaving')).toMatchObject({ id });
    expect(await tokensOf()).toEqual([]);
  });

  test('can be registered anew when they have been revoked, and revoked anew', async () => {
    await put('back', 'g', mollie('1'));
    const first = await revoke('back');
    await end(await queued(), revoked);
    expect(await revoke('back')).toMatchObject({ id: first.id, status: 'completed' });
    await put('back', 'g', mollie('2'));
    const second = await revoke('back');
    expect(second.id).not.toBe(first.id);
    expect(await tokensOf()).toEqual(['access_2']);
  });

  test('are not there for somebody of whom nothing is known', async () => {
    expect(await revokeNothing('nobody')).toMatchObject({ counts: { total: 0 }, shared: [] });
    const plan = { pk: `SUBJECT#${subjectKey('nobody', sealingKeys)}`, sk: 'PLAN' };
    expect(await api.table.table.get(plan)).toBeUndefined();
  });

  test('of which one cannot be revoked any more are revoked but for that, and it is told', async () => {
    await put('mixed', 'a', mollie('1'));
    await put('mixed', 'b', mollie('2'));
    const subject = subjectKey('mixed', sealingKeys);
    // What somebody has moved there does not open.
    const [a, b] = await Promise.all(
      ['a', 'b'].map((id) => api.table.table.get(grantKey(subject, id))),
    );
    await api.table.table.put({ ...b, ...grantKey(subject, 'b'), sealed: a?.sealed });
    const answer = await revoke('mixed');
    expect(answer.skipped).toMatchObject([
      { grantId: 'b', detail: expect.stringContaining('register them anew') },
    ]);
    expect(await tokensOf()).toEqual(['access_1']);
    expect(api.lines.filter(({ name }) => name === 'grant.unopened')).toMatchObject([
      { code: 'tampered' },
    ]);
  });
});

describe('a dry run', () => {
  test('tells how many and how far, and what would be left alone; and changes nothing', async () => {
    await put('dry', 'a', { ...mollie('1'), refreshToken: 'refresh_1' });
    await put('dry', 'b', { ...polar('1'), sharedBy: ['another'] });
    const before = await api.table.scan();
    expect(await revokeNothing('dry', { dryRun: true })).toMatchObject({
      dryRun: true,
      counts: { total: 2 },
      providers: { mollie: { jobs: 2 } },
      shared: [{ grantId: 'b', sharedWith: 1 }],
    });
    expect(await revokeNothing('dry', { dryRun: true, includeShared: true })).toMatchObject({
      counts: { total: 3 },
      shared: [],
    });
    expect(await api.table.scan()).toEqual(before);
    expect(await tokensOf()).toEqual([]);
  });
});

describe('an Idempotency-Key', () => {
  test('makes one revocation, whatever has been registered since', async () => {
    await put('keyed', 'a', mollie('1'));
    const key = { 'idempotency-key': 'k-1' };
    const first = await revoke('keyed', {}, key);
    await put('keyed', 'b', mollie('2'));
    expect(await revoke('keyed', {}, key)).toMatchObject({ id: first.id });
    expect(await tokensOf()).toEqual(['access_1']);
    expect((await revoke('keyed', {}, { 'idempotency-key': 'k-2' })).id).not.toBe(first.id);
    expect(await tokensOf()).toEqual(['access_2']);
  });

  test.each([
    ['another person', 'keyed-2', {}],
    ['another label', 'keyed-1', { label: 'other' }],
    ['shared grants as well', 'keyed-1', { includeShared: true }],
  ])('does not stand for %s', async (_, subject, body) => {
    await put('keyed-1', `g-${subject}-${JSON.stringify(body).length}`, mollie('1'));
    const key = { 'idempotency-key': `k-${subject}-${JSON.stringify(body).length}` };
    await revoke('keyed-1', {}, key);
    const path = `/v1/subjects/${subject}/revoke`;
    expect(await api.expectProblem({ method: 'POST', path, body, headers: key })).toMatchObject({
      type: 'urn:rescind:problem:idempotency-conflict',
    });
    await queued();
  });
});

describe('what has not been revoked', () => {
  test('keeps its tokens while a job of it is parked, and ends as that job does', async () => {
    await put('parked', 'g', { ...mollie('1'), refreshToken: 'refresh_1' });
    const { id } = await revoke('parked');
    const jobs = await queued();
    await end(jobs, revoked, { outcome: 'parked', reason: 'refused' });
    expect(await statesOf('parked')).toEqual({ g: 'revoking' });
    expect(await revoke('parked')).toMatchObject({ id, counts: { revoked: 1, parked: 1 } });
    const ids = [`${id}/0/1`];
    await api.call({
      method: 'POST',
      path: '/v1/dead-letters/abandon',
      body: { ids, note: 'by hand' },
    });
    expect(await statesOf('parked')).toEqual({ g: 'abandoned' });
  });

  test.each([
    ['unsupported', 'unsupported'],
    ['already_invalid', 'revoked'],
    ['expired', 'revoked'],
  ] as const)('%s is %s', async (outcome, state) => {
    await put(`ended-${outcome}`, 'g', mollie('1'));
    await revoke(`ended-${outcome}`);
    await end(await queued(), { outcome });
    const subject = subjectKey(`ended-${outcome}`, sealingKeys);
    await concludeGrants(subject, { ...api.stores, grants: api.deps.registry.grants });
    expect(await api.table.table.get(grantKey(subject, 'g'))).toMatchObject({ state });
    expect(await api.table.table.get(grantKey(subject, 'g'))).not.toHaveProperty('sealed');
  });
});

describe('a revocation of a person', () => {
  test('says whose it is by key, for what happens at its end', async () => {
    await put('named', 'g', mollie('1'));
    const { id } = await revoke('named');
    expect(await api.stores.revocations.get(id)).toMatchObject({
      subject: subjectKey('named', sealingKeys),
    });
    await queued();
  });
});

test('no line of the log has a person or a token', () => {
  expect(api.lines.some(({ name }) => name === 'subject.revoked')).toBe(true);
  expect(JSON.stringify(api.lines)).not.toMatch(/access_|refresh_\d|polar_at|jane|keyed/);
});
