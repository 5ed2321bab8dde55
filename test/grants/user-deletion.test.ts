import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod';
import { listOf } from '../../functions/api/contract/answers.ts';
import {
  grant,
  subjectNotRevoked,
  subjectRevoked,
} from '../../functions/api/contract/grant-answers.ts';
import type { Registration } from '../../functions/api/contract/grants.ts';
import { type Sandbox, sandboxKinds, startSandbox } from '../../local/sandbox/index.ts';
import { filesBelow, recordsOf, rowsOf } from '../leaks/places.ts';
import { createSearch } from '../leaks/search.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const sandboxes: Sandbox[] = [];
let acme: ScriptedProvider;
let rescind: TestStack;
beforeAll(async () => {
  for (const kind of sandboxKinds) sandboxes.push(await startSandbox(kind));
  acme = await startScriptedProvider('acme', () => ok);
  rescind = await startTestStack({
    providers: [...sandboxes.map(({ provider }) => provider), acme.entry],
    secrets: {
      ...Object.fromEntries(sandboxes.map(({ kind, secret }) => [kind, secret])),
      acme: acme.secret,
    },
  });
});
afterAll(async () => {
  await rescind[Symbol.asyncDispose]();
  await acme[Symbol.asyncDispose]();
  for (const sandbox of sandboxes) await sandbox.close();
});

const jane = 'jane.doe+canary@example.com';
const joan = 'joan|4711-canary';
const pathOf = (subject: string) => `/v1/subjects/${encodeURIComponent(subject)}`;

/** Calls, and holds the answer to its schema. */
async function call<T>(schema: z.ZodType<T>, status: number, path: string, init: RequestInit) {
  const response = await rescind.api(path, init);
  const body = await response.text();
  expect(response.status, body).toBe(status);
  return schema.parse(JSON.parse(body));
}

const register = (subject: string, grantId: string, body: Registration, status = 201) =>
  call(grant, status, `${pathOf(subject)}/grants/${grantId}`, {
    method: 'PUT',
    body: JSON.stringify(body),
  });

const revoke = (subject: string) =>
  call(subjectRevoked, 202, `${pathOf(subject)}/revoke`, { method: 'POST' });

const grantsOf = async (subject: string) =>
  (await call(listOf(grant), 200, `${pathOf(subject)}/grants`, {})).items;

/** Waits for the revocation, and then for the grants to say so. */
async function ended(subject: string, id: string) {
  const { revocation } = await rescind.completed(id);
  const grants = await until('the grants to end', async () => {
    const items = await grantsOf(subject);
    return items.every(({ state }) => state !== 'revoking') && items;
  });
  return { revocation, grants };
}

test('a person who is deleted leaves no living token, nor their name, nor those of others dead', async () => {
  // Prepare: a pair at each provider, one of them refreshed since; one grant that Joan shares.
  const held = new Map<Sandbox, string[]>();
  const secrets = new Map<string, string>([
    ['jane', jane],
    ['joan', joan],
  ]);
  for (const sandbox of sandboxes) {
    const [old, fresh] = await sandbox.issue({ count: 2 });
    if (old === undefined || fresh === undefined) throw new Error('nothing was issued');
    for (const { token, pair } of [old, fresh]) {
      const provider = sandbox.kind;
      const status = token === old.token ? 201 : 200;
      await register(jane, provider, { provider, accessToken: token, refreshToken: pair }, status);
      secrets.set(`token ${token.slice(0, 4)} at ${provider}`, token);
      secrets.set(`refresh token at ${provider}`, pair);
    }
    held.set(sandbox, [fresh.token, fresh.pair]);
  }
  await register(jane, 'acme', {
    provider: 'acme',
    accessToken: 'canary-access-token',
    refreshToken: 'canary-refresh-token',
  });
  const [team] = sandboxes;
  const [shared] = (await team?.issue()) ?? [];
  if (team === undefined || shared === undefined) throw new Error('nothing was issued');
  await register(jane, 'team', {
    provider: team.kind,
    accessToken: shared.token,
    sharedBy: [joan],
  });

  // Act
  const { id, shared: leftAlone } = await revoke(jane);
  const { revocation, grants } = await ended(jane, id);

  // Assess
  expect(leftAlone).toEqual([{ grantId: 'team', provider: team.kind, sharedWith: 1 }]);
  expect(revocation.counts).toMatchObject({ queued: 0, parked: 0 });
  for (const [sandbox, tokens] of held) expect(await sandbox.alive(tokens)).toEqual([]);
  expect(acme.calls.map(({ token }) => token)).toEqual([
    'canary-refresh-token',
    'canary-access-token',
  ]);
  expect(grants.filter(({ grantId }) => grantId !== 'team')).toHaveLength(sandboxes.length + 1);
  for (const { grantId, state } of grants) {
    expect([grantId, state]).toEqual([grantId, grantId === 'team' ? 'left' : 'revoked']);
  }
  expect(await team.isAlive(shared.token)).toBe(true);

  // The last who has it takes it along.
  const last = await revoke(joan);
  await ended(joan, last.id);
  expect(await team.isAlive(shared.token)).toBe(false);
  const nothing = await rescind.api(`${pathOf('nobody')}/revoke`, { method: 'POST' });
  expect(subjectNotRevoked.parse(await nothing.json())).toMatchObject({ shared: [] });

  // Nowhere does anything tell who they were, or what they had.
  const search = createSearch(new Map([...secrets, ['the shared token', shared.token]]));
  const data = join(rescind.directory, 'data');
  const leaks = search('the functions’ output', rescind.printed());
  let records = 0;
  for await (const [name, content] of recordsOf(join(data, 'table'))) {
    records += 1;
    leaks.push(...search(name, content));
  }
  for (const [name, content] of rowsOf(join(data, 'queues', 'fauxqs.db'))) {
    leaks.push(...search(name, content));
  }
  for await (const [name, content] of filesBelow(data)) leaks.push(...search(name, content));
  expect(leaks).toEqual([]);
  expect(records).toBeGreaterThan(sandboxes.length);
});
