import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, health, problem } from '../../functions/api/contract/answers.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

let acme: ScriptedProvider;
let rescind: TestStack;

beforeAll(async () => {
  acme = await startScriptedProvider('acme', () => ok);
  rescind = await startTestStack({
    providers: [acme.entry, { id: 'mollie', kind: 'mollie', baseUrl: 'http://127.0.0.1:9' }],
    secrets: { acme: acme.secret },
  });
});

afterAll(async () => {
  await rescind[Symbol.asyncDispose]();
  await acme[Symbol.asyncDispose]();
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  rescind.api('/v1/revocations', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers,
  });

async function refused(answer: Response, status: number) {
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return { text, ...problem.parse(JSON.parse(text)) };
}

const job = (rest: object = {}) => ({ provider: 'acme', token: 'tok-canary-1', ...rest });

describe('POST /v1/revocations', () => {
  it('lists every bad item with its index and pointer, and never a token', async () => {
    const { text, errors } = await refused(
      await post({
        label: 'x',
        jobs: [
          job(),
          job({ provider: 'nobody' }),
          { provider: 'mollie', token: 'tok-canary-2' },
          job({ token: ' tok-canary-3\n' }),
          job({ ref: 'why tok-canary-1' }),
          job({ tokenType: 'id_token' }),
          job({ 'tok-canary-4': 1 }),
          { provider: 'tok-canary-5', token: 7 },
        ],
      }),
      422,
    );

    expect(errors?.map(({ index }) => index)).toEqual(expect.arrayContaining([1, 3, 5, 6, 7]));
    expect(errors).toContainEqual(expect.objectContaining({ index: 3, pointer: '/jobs/3/token' }));
    expect(text).not.toContain('canary');
  });

  it('names what only an adapter can know: Mollie needs the type of a token', async () => {
    const { errors } = await refused(
      await post({ jobs: [job(), { provider: 'mollie', token: 'no-prefix' }] }),
      422,
    );

    expect(errors).toMatchObject([{ index: 1 }]);
    expect(errors?.[0]?.detail).toContain('tokenType');
  });

  it.each([
    ['no jobs', { jobs: [] }, 422],
    ['501 jobs', { jobs: Array.from({ length: 501 }, () => job()) }, 422],
    ['a token of more than 16 KiB', { jobs: [job({ token: 'x'.repeat(16_385) })] }, 422],
    ['an unknown field', { jobs: [job()], lable: 'x' }, 422],
    ['half a document', '{"jobs":[{"token":"tok-canary-9"', 400],
    ['a body of more than 4 MiB', { jobs: [job()], label: 'x'.repeat(4 * 1024 * 1024) }, 413],
  ])('refuses %s', async (_, body, status) => {
    const { text } = await refused(await post(body), status);
    expect(text).not.toContain('canary');
  });

  it('takes a token of exactly 16 KiB and 500 jobs of one request', async () => {
    const jobs = [
      job({ token: 'x'.repeat(16_384) }),
      ...Array.from({ length: 499 }, (_, index) => job({ token: `many-${index}` })),
    ];

    const { revocation } = await rescind.revoke(jobs);

    expect(revocation.counts).toMatchObject({ total: 500, revoked: 500 });
    expect(acme.callsFor('x'.repeat(16_384))).toHaveLength(1);
  });

  it('refuses another content type', async () => {
    await refused(await post({ jobs: [job()] }, { 'content-type': 'text/plain' }), 415);
  });

  it('checks all and does nothing on a dry run', async () => {
    const answer = await post({ dryRun: true, jobs: [job({ token: 'dry-token' })] });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      dryRun: true,
      counts: { total: 1 },
      providers: { acme: { jobs: 1 } },
    });
    expect(acme.callsFor('dry-token')).toHaveLength(0);
    await refused(await post({ dryRun: true, jobs: [job({ provider: 'nobody' })] }), 422);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (key: string, body: unknown) => post(body, { 'idempotency-key': key });

  it('gives the same id for the same body, also to calls at the same time', async () => {
    const body = { jobs: [job({ token: 'once-token' })] };

    const answers = await Promise.all([1, 2, 3, 4].map(() => keyed('key-1', body)));
    const later = await keyed('key-1', body);

    const ids = await Promise.all(
      [...answers, later].map(async (answer) => {
        expect(answer.status).toBe(202);
        return accepted.parse(await answer.json()).id;
      }),
    );
    expect(new Set(ids).size).toBe(1);
    const { revocation } = await rescind.completed(ids[0] ?? '');
    expect(revocation.counts).toMatchObject({ total: 1, revoked: 1 });
  });

  it('refuses another body, and keys that are no keys', async () => {
    await keyed('key-2', { jobs: [job()] });
    await refused(await keyed('key-2', { jobs: [job({ token: 'another' })] }), 409);
    await refused(await keyed('a key with spaces', { jobs: [job()] }), 400);
  });
});

describe('the door', () => {
  it('lets nobody in without the key, but to health', async () => {
    const answer = await fetch(`${rescind.stack.url}/v1/health`);
    expect(health.parse(await answer.json()).status).toBe('ok');

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

  it('says 404 and 405 with what to do', async () => {
    await refused(await rescind.api('/v1/nothing'), 404);
    await refused(await rescind.api(`/v1/revocations/rev_${'0'.repeat(40)}`), 404);
    const answer = await rescind.api('/v1/revocations', { method: 'DELETE' });
    expect(answer.headers.get('allow')).toContain('POST');
    await refused(answer, 405);
    await refused(await rescind.api('/v1/revocations?cursor=nonsense'), 400);
    await refused(await rescind.api('/v1/revocations?limit=0'), 400);
  });

  it('serves its contract', async () => {
    const answer = await rescind.api('/v1/openapi.json');
    expect(await answer.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Rescind' } });
  });
});
