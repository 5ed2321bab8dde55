import { afterAll, describe, expect, test } from 'vitest';
import { subjectKey } from '../../../../shared/sealing/fingerprint.ts';
import { startApi } from '../../../../test/support/api.ts';
import { grantCaller, grantsOf, mollie, polar, revoked } from '../../../../test/support/grants.ts';
import { sealingKeys } from '../../../../test/support/slices.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());
const { put, list, forget, revoke, revokeNothing, queued, end, tokensOf, statesOf } =
  grantCaller(api);

describe('a shared grant', () => {
  test('outlives those who leave, and dies with the last of them', async () => {
    await put('ann', 'team', { ...mollie('1'), sharedBy: ['bob', 'cid', 'ann'] });
    await put('ann', 'own', polar('1'));
    expect(await list('bob')).toMatchObject([{ grantId: 'team', state: 'held', sharedWith: 2 }]);

    const ann = await revoke('ann');
    expect(ann).toMatchObject({
      counts: { total: 1 },
      shared: [{ grantId: 'team', sharedWith: 2 }],
    });
    expect(await tokensOf()).toEqual(['polar_at_u_1']);
    expect(await statesOf('ann')).toMatchObject({ team: 'left' });

    expect(await revokeNothing('bob')).toMatchObject({
      shared: [{ grantId: 'team', provider: 'mollie', sharedWith: 1 }],
    });
    // Said again it is the same, and counts nobody twice.
    expect(await revokeNothing('bob')).toMatchObject({ shared: [{ sharedWith: 1 }] });
    expect(await tokensOf()).toEqual([]);

    const cid = await revoke('cid');
    expect(cid).toMatchObject({ counts: { total: 1 }, shared: [] });
    const jobs = await queued();
    expect(jobs.map(({ token }) => token)).toEqual(['access_1']);
    await end(jobs, revoked);
    expect(await statesOf('cid')).toEqual({ team: 'revoked' });
    const items = (await api.table.scan()).filter(({ provider, sealed }) => provider && sealed);
    expect(JSON.stringify(items)).not.toContain(subjectKey('cid', sealingKeys));
  });

  test('dies with the last, however many leave at once', async () => {
    const people = Array.from({ length: 6 }, (_, number) => `at-once-${number}`);
    await put('at-once-0', 'team', { ...mollie('once'), sharedBy: people });
    const answers = await Promise.all(
      people.map((person) =>
        api.call({ method: 'POST', path: `/v1/subjects/${person}/revoke`, body: {} }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([
      200, 200, 200, 200, 200, 202,
    ]);
    expect(await tokensOf()).toEqual(['access_once']);
  });

  test('is revoked for all of them where that is asked for, also of one who has left', async () => {
    for (const first of [false, true]) {
      const [one, other] = [`override-${first}-1`, `override-${first}-2`];
      await put(one, 'team', { ...mollie('1'), sharedBy: [other] });
      if (first) await revokeNothing(one);
      expect(await revoke(one, { includeShared: true })).toMatchObject({ shared: [] });
      expect(await tokensOf()).toEqual(['access_1']);
      expect(await statesOf(other)).toEqual({ team: 'revoking' });
    }
  });

  test('takes fresh tokens from any who share it, and who has left does not come back by that', async () => {
    await put('old', 'team', { ...mollie('1'), sharedBy: ['new'] });
    await revokeNothing('old');
    await put('new', 'team', { ...mollie('2'), sharedBy: ['old'] }, 200);
    expect(
      await api.expectProblem({
        method: 'PUT',
        path: `${grantsOf('old')}/team`,
        body: mollie('3'),
      }),
    ).toMatchObject({ status: 409, detail: expect.stringContaining('has left') });
    await revoke('new');
    expect(await tokensOf()).toEqual(['access_2']);
  });

  test('stays shared when it is refreshed without a word of it, and not when it says nobody', async () => {
    await put('fresh', 'team', { ...mollie('1'), sharedBy: ['with'] });
    expect(await put('fresh', 'team', mollie('2'), 200)).toMatchObject({ sharedWith: 1 });
    expect(await put('fresh', 'team', { ...mollie('3'), sharedBy: [] }, 200)).toMatchObject({
      sharedWith: 0,
    });
    expect(await statesOf('with')).toEqual({});
    await revoke('fresh');
    expect(await tokensOf()).toEqual(['access_3']);
  });

  test('that is forgotten by one stays with the others', async () => {
    await put('one', 'team', { ...mollie('1'), sharedBy: ['two'] });
    expect(await forget('one', 'team')).toMatchObject({ statusCode: 204 });
    expect(await statesOf('two')).toEqual({ team: 'held' });
    expect(await forget('two', 'team')).toMatchObject({ statusCode: 204 });
    expect(await statesOf('two')).toEqual({});
    expect(await tokensOf()).toEqual([]);
  });

  test('registered by each who shares it is one grant', async () => {
    await put('x', 'team', { ...mollie('1'), sharedBy: ['y'] });
    await put('y', 'team', { ...mollie('1'), sharedBy: ['x'] }, 200);
    await revokeNothing('x');
    await revoke('y');
    expect(await tokensOf()).toEqual(['access_1']);
  });

  test('does not take the place of what another has by that id', async () => {
    await put('v', 'g', mollie('own'));
    const path = `${grantsOf('u')}/g`;
    const body = { ...mollie('1'), sharedBy: ['v'] };
    expect(await api.expectProblem({ method: 'PUT', path, body })).toMatchObject({ status: 409 });
    expect(await statesOf('u')).toEqual({});
    await revoke('v');
    expect(await tokensOf()).toEqual(['access_own']);
  });
});

test('no line of the log has a person or a token', () => {
  expect(api.lines.some(({ name }) => name === 'subject.revoked')).toBe(true);
  expect(JSON.stringify(api.lines)).not.toMatch(/access_|polar_at|ann|bob|at-once|override/);
});
