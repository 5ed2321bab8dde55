import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { revocation } from '../../functions/api/contract/answers.ts';
import { type Sandbox, startSandbox } from '../../local/sandbox/index.ts';
import { filesBelow, recordsOf } from '../leaks/places.ts';
import { createSearch } from '../leaks/search.ts';
import { type JwtSender, startJwtSender } from '../support/jwt-sender.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { type KeyHost, startKeyHost } from '../support/webhooks.ts';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const github = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyList = JSON.stringify({
  public_keys: [
    {
      key_identifier: 'github-1',
      key: github.publicKey.export({ type: 'spki', format: 'pem' }),
      is_current: true,
    },
  ],
});
const issuer = 'https://idp.example.com';
const audience = 'https://rescind.example.com';

let polar: Sandbox<'polar'>;
let keys: KeyHost;
let idp: JwtSender;
let rescind: TestStack;

beforeAll(async () => {
  polar = await startSandbox('polar');
  keys = await startKeyHost(keyList);
  idp = await startJwtSender();
  rescind = await startTestStack({
    providers: [polar.provider],
    secrets: { polar: polar.secret, 'webhooks/alerts': { secrets: [secret] } },
    sources: [
      {
        id: 'alerts',
        kind: 'standard-webhooks',
        rules: [
          {
            event: 'token.leaked',
            revoke: 'token',
            provider: 'polar',
            token: '$.data.token',
            ref: '$.data.alert',
          },
        ],
      },
      {
        id: 'github',
        kind: 'github-secret-scanning',
        options: { keysUrl: keys.url, feedback: true },
        rules: [{ event: 'polar_*', revoke: 'token', provider: 'polar', token: '$.token' }],
      },
      {
        id: 'idp',
        kind: 'shared-signals',
        options: { issuer, audience, jwksUri: idp.keys.url },
        rules: [{ event: 'risc/account-purged', revoke: 'subject', subject: '$.subject.email' }],
      },
    ],
  });
});

afterAll(async () => {
  await rescind[Symbol.asyncDispose]();
  await Promise.all([polar, keys, idp].map((each) => each[Symbol.asyncDispose]()));
});

/** As anybody calls: without an API key. */
const post = (source: string, body: string, headers: Readonly<Record<string, string>>) =>
  fetch(`${rescind.stack.url}/v1/webhooks/${source}`, { method: 'POST', headers, body });

const issueOne = async (): Promise<string> => {
  const [issued] = await polar.issue({ count: 1 });
  if (issued === undefined) throw new Error('the sandbox issued nothing');
  return issued.token;
};
const isDead = (token: string) =>
  until('the token to be dead', async () => !(await polar.isAlive(token)));
const count = async () => (await rescind.list('/v1/revocations', revocation)).items.length;

function leaked(token: string, id = `msg_${token.slice(-8)}`) {
  const body = JSON.stringify({ type: 'token.leaked', data: { token, alert: 'alert-1' } });
  const at = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return { body, headers };
}

describe('a signed event', () => {
  it('kills the leaked token; sent again, it does nothing', async () => {
    const token = await issueOne();
    const { body, headers } = leaked(token);

    const answer = await post('alerts', body, headers);
    const { revocations }: { revocations: string[] } = JSON.parse(await answer.text());
    expect(answer.status).toBe(202);
    await isDead(token);
    const completed = await rescind.completed(revocations[0] ?? '');
    expect(completed.revocation).toMatchObject({
      requestedBy: 'webhook:alerts',
      label: 'webhook alerts: token.leaked',
    });
    expect(completed.outcomes).toMatchObject([{ ref: 'alert-1', outcome: 'revoked' }]);

    const before = await count();
    expect((await post('alerts', body, headers)).status).toBe(202);
    expect(await count()).toBe(before);
    expect(rescind.printed()).toContain('"reason":"replayed"');
  });

  it('does nothing when it is not ours', async () => {
    const token = await issueOne();
    const before = await count();
    const { body, headers } = leaked(token);
    const other = leaked(await issueOne());
    expect((await post('alerts', body, other.headers)).status).toBe(401);
    expect((await post('nobody', body, headers)).status).toBe(404);
    expect((await fetch(`${rescind.stack.url}/v1/webhooks/alerts`)).status).toBe(405);
    expect(await count()).toBe(before);
    expect(await polar.isAlive(token)).toBe(true);
  });

  it('survives the crash of the function that takes it in', async () => {
    const token = await issueOne();
    await rescind.stack.crash('webhook');
    const { body, headers } = leaked(token);
    expect((await post('alerts', body, headers)).status).toBe(202);
    await isDead(token);
  });
});

it('GitHub’s alert kills every token in it, and is answered with labels', async () => {
  const tokens = await Promise.all([issueOne(), issueOne()]);
  const body = JSON.stringify([
    ...tokens.map((token) => ({ token, type: 'polar_token', url: '', source: 'commit' })),
    { token: 'ghp_somebody_elses', type: 'other_token', url: '', source: 'commit' },
  ]);
  const signature = sign('sha256', Buffer.from(body), github.privateKey).toString('base64');
  const answer = await post('github', body, {
    'content-type': 'application/json',
    'github-public-key-identifier': 'github-1',
    'github-public-key-signature': signature,
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(
    tokens.map((token) => ({
      token_hash: createHash('sha256').update(token).digest('hex'),
      token_type: 'polar_token',
      label: 'true_positive',
    })),
  );
  await Promise.all(tokens.map(isDead));
});

it('a security event kills whatever is registered for that person', async () => {
  const token = await issueOne();
  const path = '/v1/subjects/jane%40example.com/grants/polar-1';
  const grant = { provider: 'polar', accessToken: token };
  const registered = await rescind.api(path, { method: 'PUT', body: JSON.stringify(grant) });
  expect(registered.status, await registered.text()).toBe(201);

  const set = await idp.sign(
    {
      iss: issuer,
      aud: audience,
      iat: Math.floor(Date.now() / 1000),
      jti: 'purge-1',
      sub_id: { format: 'email', email: 'jane@EXAMPLE.com' },
      events: { 'https://schemas.openid.net/secevent/risc/event-type/account-purged': {} },
    },
    { typ: 'secevent+jwt' },
  );
  const headers = { 'content-type': 'application/secevent+jwt' };
  const answer = await post('idp', set, headers);
  expect(answer.status).toBe(202);
  expect(await answer.text()).toBe('');
  await isDead(token);

  const refused = await post('idp', `${set.slice(0, -4)}AAAA`, headers);
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ err: 'authentication_failed' });
});

it('overtakes a bulk of thousands that a slow provider is still being asked about', async () => {
  const bulk = (await polar.issue({ count: 2000 })).map(({ token }) => token);
  const leak = await issueOne();
  polar.setFaults({ latencyMs: 150 });
  const ids = await Promise.all(
    Array.from({ length: 4 }, async (_, part) => {
      const jobs = bulk
        .slice(500 * part, 500 * (part + 1))
        .map((token) => ({ provider: 'polar', token }));
      const body = JSON.stringify({ label: `offboarding, ${part}`, jobs });
      const answer = await rescind.api('/v1/revocations', { method: 'POST', body });
      const { id }: { id: string } = JSON.parse(await answer.text());
      return id;
    }),
  );
  const { body, headers } = leaked(leak);
  expect((await post('alerts', body, headers)).status).toBe(202);
  await isDead(leak);

  expect((await polar.alive(bulk)).length).toBeGreaterThan(bulk.length / 2);
  polar.setFaults({});
  for (const id of ids) {
    const { revocation: completed } = await rescind.completed(id);
    expect(completed.counts).toMatchObject({ total: 500, revoked: 500 });
  }
});

it('no token, secret or signature is printed or kept in the clear', async () => {
  const token = await issueOne();
  const { body, headers } = leaked(token);
  expect((await post('alerts', body, headers)).status).toBe(202);
  await isDead(token);
  await post('alerts', body.replace('token.leaked', 'token.leakes'), headers);

  const wanted = new Map([
    ['the token', token],
    ['the secret', secret],
    ['the key of the secret', secret.slice('whsec_'.length)],
    ['the signature', headers['webhook-signature'].slice('v1,'.length)],
  ]);
  const search = createSearch(wanted);
  const leaks = [...search('the output', rescind.printed())];
  const data = join(rescind.directory, 'data');
  for await (const [name, content] of recordsOf(join(data, 'table'))) {
    leaks.push(...search(name, content));
  }
  for await (const [name, content] of filesBelow(data)) leaks.push(...search(name, content));
  expect(leaks).toEqual([]);
  expect(await readFile(join(rescind.directory, 'secrets.json'), 'utf8')).toContain(secret);
});
