import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, problem } from '../../functions/api/contract/answers.ts';
import { withApiKey } from '../../local/client.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const keys = {
  offboarding: 'key-of-offboarding',
  billing: 'key-of-billing---',
  audit: 'key-of-audit-----',
  'on-call': 'key-of-on-call---',
};

let rescind: TestStack;

beforeAll(async () => {
  rescind = await startTestStack({
    providers: [{ id: 'mollie', kind: 'mollie', baseUrl: 'http://127.0.0.1:9' }],
    secrets: {},
    ownership: true,
    apiKeys: {
      offboarding: { key: keys.offboarding, scopes: ['submit', 'read'] },
      billing: { key: keys.billing, scopes: ['submit', 'read'] },
      audit: { key: keys.audit, scopes: ['read'] },
      'on-call': { key: keys['on-call'], scopes: ['read', 'operate'] },
    },
  });
});

afterAll(() => rescind[Symbol.asyncDispose]());

async function refused(answer: Response, status: number) {
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  problem.parse(JSON.parse(text));
}

/** The API as a named key's caller. */
const as = (name: keyof typeof keys) => {
  const send = withApiKey(rescind.stack.url, keys[name]);
  return (path: string, body?: unknown) =>
    send(path, {
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    });
};

const submission = { jobs: [{ provider: 'mollie', token: 'access_4711' }] };

describe('the door of the embedded stack', () => {
  it('lets nobody in without the key', async () => {
    for (const authorization of ['', 'Bearer wrong', `Basic ${rescind.stack.apiKey}`]) {
      const path = `${rescind.stack.url}/v1/revocations`;
      await refused(await fetch(path, { headers: { authorization } }), 401);
    }
  });

  it('refuses a Host that a rebound name would send', async () => {
    const { port } = new URL(rescind.stack.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        host: `evil.example:${port}`,
        authorization: `Bearer ${rescind.stack.apiKey}`,
      };
      request({ host: '127.0.0.1', port, path: '/v1/revocations', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
  });

  it('keeps the emulators behind it to the functions of this run', async () => {
    const { env } = rescind.stack;
    const endpoints = Object.keys(env).filter((name) => name.startsWith('AWS_ENDPOINT_URL_'));
    expect(endpoints).toHaveLength(3);
    const signedBy = (id: string | undefined) =>
      `AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0`;
    for (const name of endpoints) {
      const statusOf = async (authorization: string) => {
        const headers = { authorization, 'x-amz-target': 'DynamoDB_20120810.ListTables' };
        const answer = await fetch(env[name] ?? '', { method: 'POST', body: '{}', headers });
        await answer.text();
        return answer.status;
      };
      for (const stranger of ['', signedBy('LOCAL'), `Bearer ${rescind.stack.apiKey}`]) {
        expect(await statusOf(stranger)).toBe(403);
      }
      expect(await statusOf(signedBy(env.AWS_ACCESS_KEY_ID))).not.toBe(403);
    }
  });

  it('says 404 and 405 with what to do', async () => {
    await refused(await rescind.api('/v1/nothing'), 404);
    const answer = await rescind.api('/v1/revocations', { method: 'DELETE' });
    expect(answer.headers.get('allow')).toContain('POST');
    await refused(answer, 405);
  });

  it('lets each key do what its scopes say, and records who it was', async () => {
    await refused(await as('audit')('/v1/revocations', submission), 403);
    await refused(await as('on-call')('/v1/revocations', submission), 403);
    for (const path of ['/v1/dead-letters/redrive', '/v1/dead-letters/abandon']) {
      await refused(await as('offboarding')(path, {}), 403);
      await refused(await as('on-call')(path, {}), 422);
    }
    const taken = await as('offboarding')('/v1/revocations', submission);
    const { id } = accepted.parse(await taken.json());
    const seen = await as('offboarding')(`/v1/revocations/${id}`);
    expect(await seen.json()).toMatchObject({ requestedBy: 'local:offboarding' });
  });

  it('shows a key only what it has asked for, and everything to one that may operate', async () => {
    const taken = await as('billing')('/v1/revocations', submission);
    const { id } = accepted.parse(await taken.json());
    const path = `/v1/revocations/${id}`;
    await refused(await as('offboarding')(path), 404);
    await refused(await as('offboarding')(`${path}/outcomes`), 404);
    await refused(await as('audit')(path), 404);
    expect((await as('billing')(path)).status).toBe(200);
    expect((await as('on-call')(path)).status).toBe(200);
    expect((await rescind.api(path)).status).toBe(200);
  });

  it('prints no key', async () => {
    expect(rescind.printed()).not.toMatch(/key-of-/);
    expect(rescind.printed()).not.toContain(rescind.stack.apiKey);
  });
});
