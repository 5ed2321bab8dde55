import { expect, it } from 'vitest';
import { listOf } from '../../functions/api/contract/answers.ts';
import { grant, subjectRevoked } from '../../functions/api/contract/grant-answers.ts';
import { sandboxKinds } from '../../local/sandbox/index.ts';
import { until } from '../support/until.ts';
import { openTarget } from './target.ts';

const target = openTarget();

/** A name that a path must encode, and that nobody has had here before. */
const aPerson = () => `jane+${crypto.randomUUID()}@example.com`;
const pathOf = (subject: string) => `/v1/subjects/${encodeURIComponent(subject)}`;
const json = { 'content-type': 'application/json' };

async function register(subject: string, grantId: string, body: object): Promise<number> {
  const path = `${pathOf(subject)}/grants/${grantId}`;
  const init = { method: 'PUT', body: JSON.stringify(body), headers: json };
  return (await target.api(path, init)).status;
}

async function revoke(subject: string) {
  const init = { method: 'POST', body: '{}', headers: json };
  const answer = await target.api(`${pathOf(subject)}/revoke`, init);
  return subjectRevoked.parse(await answer.json());
}

it('a person’s tokens at every provider die by one call, and then nothing of them is kept', async () => {
  const person = aPerson();
  const tokens = new Map<string, string>();
  for (const kind of sandboxKinds) {
    const [{ token, pair } = { token: '', pair: '' }] = await target.provider(kind).issue();
    const body = { provider: kind, accessToken: token, refreshToken: pair };
    expect(await register(person, kind, body)).toBe(201);
    expect(await register(person, kind, body)).toBe(200);
    tokens.set(kind, token);
  }

  const { id, shared } = await revoke(person);

  expect(shared).toEqual([]);
  const { revocation } = await target.completed(id);
  expect(revocation.counts).toMatchObject({ queued: 0, parked: 0 });
  for (const [kind, token] of tokens) {
    expect(await target.provider(kind).alive([token])).toEqual([]);
  }
  const kept = await until('the grants to have ended', async () => {
    const answer = await target.api(`${pathOf(person)}/grants`);
    const { items } = listOf(grant).parse(await answer.json());
    return items.every(({ state }) => state === 'revoked') && items;
  });
  expect(kept).toHaveLength(sandboxKinds.length);
});

it('a shared grant dies when the last of those who share it leaves', async () => {
  const [one, other] = [aPerson(), aPerson()];
  const { issue, alive } = target.provider('polar');
  const [shared, own] = (await issue({ count: 2 })).map(({ token }) => token);
  if (shared === undefined || own === undefined) throw new Error('nothing was issued');
  await register(one, 'team', { provider: 'polar', accessToken: shared, sharedBy: [other] });
  await register(one, 'own', { provider: 'polar', accessToken: own });

  const first = await revoke(one);
  await target.completed(first.id);
  expect(first.shared).toEqual([{ grantId: 'team', provider: 'polar', sharedWith: 1 }]);
  expect(await alive([shared, own])).toEqual([shared]);

  const last = await revoke(other);
  await target.completed(last.id);
  expect(last.shared).toEqual([]);
  expect(await alive([shared])).toEqual([]);
});

it('what is forgotten is not revoked', async () => {
  const person = aPerson();
  const [{ token } = { token: '' }] = await target.provider('polar').issue();
  await register(person, 'g', { provider: 'polar', accessToken: token });
  const path = `${pathOf(person)}/grants/g`;
  expect((await target.api(path, { method: 'DELETE' })).status).toBe(204);
  const init = { method: 'POST', body: '{}', headers: json };
  expect((await target.api(`${pathOf(person)}/revoke`, init)).status).toBe(200);
  expect(await target.provider('polar').alive([token])).toEqual([token]);
});
