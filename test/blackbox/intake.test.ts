import { describe, expect, it } from 'vitest';
import { accepted, health, problem } from '../../functions/api/contract/answers.ts';
import { openTarget } from './target.ts';

const target = openTarget();

const post = (body: unknown, headers: Record<string, string> = {}) =>
  target.api('/v1/revocations', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });

async function refused(answer: Response, status: number) {
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return { text, ...problem.parse(JSON.parse(text)) };
}

const job = (rest: object = {}) => ({ provider: 'rfc7009', token: 'tok-canary-1', ...rest });
/** Keys outlive a test run, and so does a deployment. */
const key = (name: string) => `${name}-${crypto.randomUUID()}`;

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
    const issued = await target.provider('rfc7009').issue({ count: 499 });
    const tokens = ['x'.repeat(16_384), ...issued.map(({ token }) => token)];

    const { revocation } = await target.revoke(tokens.map((token) => job({ token })));

    expect(revocation.counts).toMatchObject({ total: 500, revoked: 500 });
    expect(await target.provider('rfc7009').alive(tokens)).toEqual([]);
  });

  it('refuses another content type', async () => {
    await refused(await post({ jobs: [job()] }, { 'content-type': 'text/plain' }), 415);
  });

  it('checks all and does nothing on a dry run', async () => {
    const [issued] = await target.provider('rfc7009').issue({ count: 1 });
    const token = issued?.token ?? '';

    const answer = await post({ dryRun: true, jobs: [job({ token })] });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      dryRun: true,
      counts: { total: 1 },
      providers: { rfc7009: { jobs: 1 } },
    });
    await refused(await post({ dryRun: true, jobs: [job({ provider: 'nobody' })] }), 422);
    // What is sent after it is done, and it is not.
    const [later] = await target.provider('rfc7009').issue({ count: 1 });
    await target.revoke([job({ token: later?.token ?? '' })]);
    expect(await target.provider('rfc7009').alive([token])).toEqual([token]);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (name: string, body: unknown) => post(body, { 'idempotency-key': name });

  it('gives the same id for the same body, also to calls at the same time', async () => {
    const name = key('once');
    const body = { jobs: [job({ token: 'once-token' })] };

    const answers = await Promise.all([1, 2, 3, 4].map(() => keyed(name, body)));
    const later = await keyed(name, body);

    const ids = await Promise.all(
      [...answers, later].map(async (answer) => {
        expect(answer.status).toBe(202);
        return accepted.parse(await answer.json()).id;
      }),
    );
    expect(new Set(ids).size).toBe(1);
    const { revocation } = await target.completed(ids[0] ?? '');
    expect(revocation.counts).toMatchObject({ total: 1, revoked: 1 });
  });

  it('refuses another body, and keys that are no keys', async () => {
    const name = key('other');
    await keyed(name, { jobs: [job()] });
    await refused(await keyed(name, { jobs: [job({ token: 'another' })] }), 409);
    await refused(await keyed('a key with spaces', { jobs: [job()] }), 400);
  });
});

describe('the door', () => {
  const { url } = target.description;

  it('lets nobody in without credentials, but to health', async () => {
    expect(health.parse(await (await fetch(`${url}/v1/health`)).json()).status).toBe('ok');

    const path = '/v1/revocations';
    for (const answer of [await fetch(url + path), await target.stranger(path)]) {
      // 401 where a key is asked for, 403 where IAM decides.
      expect([401, 403]).toContain(answer.status);
    }
  });

  it('says what is wrong with a path or a query', async () => {
    await refused(await target.api(`/v1/revocations/rev_${'0'.repeat(40)}`), 404);
    await refused(await target.api('/v1/revocations?cursor=nonsense'), 400);
    await refused(await target.api('/v1/revocations?limit=0'), 400);
    // API Gateway answers by itself where there is no route.
    expect((await target.api('/v1/nothing')).status).toBe(404);
  });

  it('serves its contract', async () => {
    const answer = await target.api('/v1/openapi.json');
    expect(await answer.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'Rescind' } });
  });
});
