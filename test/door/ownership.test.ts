import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  deadLetter,
  listOf,
  outcomeRow,
  revocation,
} from '../../functions/api/contract/answers.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { sliceOf } from '../support/slices.ts';
import { recordWork } from '../support/work.ts';

const role = (name: string, session: string) => ({
  iam: { userArn: `arn:aws:sts::123456789012:assumed-role/${name}/${session}` },
});
const user = (name: string, scopes = 'submit read') => ({
  lambda: { principalId: `local:${name}`, scopes },
});
const jwt = (sub: string, scope = 'rescind:submit rescind:read') => ({
  jwt: { claims: { sub, scope } },
});

let api: TestApi;
beforeAll(async () => {
  api = await startApi({
    ownership: true,
    operators: new Set(['arn:aws:sts::123456789012:assumed-role/OnCall']),
    jwtScopes: { submit: ['rescind:submit'], read: ['rescind:read'], operate: ['rescind:operate'] },
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const body = { jobs: [{ provider: 'polar', token: 'polar_at_u_1' }] };
const submitAs = async (authorizer: unknown, headers = {}) => {
  const call = { method: 'POST', path: '/v1/revocations', body, authorizer, headers };
  return (await api.expectAnswer(accepted, call, 202)).id;
};
const listAs = async (authorizer: unknown, limit = 100) => {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(limit), ...(cursor !== undefined && { cursor }) };
    const page = await api.expectAnswer(listOf(revocation), {
      path: '/v1/revocations',
      query,
      authorizer,
    });
    ids.push(...page.items.map(({ id }) => id));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
};

describe('a revocation of another', () => {
  it.each<[string, unknown, unknown]>([
    ['a key', user('ci'), user('other')],
    ['a subject', jwt('jane'), jwt('joe')],
    ['a role', role('A', 'x'), role('B', 'x')],
    ['another way in', jwt('ci'), user('ci')],
    [
      'an IAM user called like a subject',
      jwt('arn:aws:iam::1:user/a'),
      { iam: { userArn: 'arn:aws:iam::1:user/a' } },
    ],
  ])('is not there for %s', async (_, owner, other) => {
    const id = await submitAs(owner);
    for (const path of [`/v1/revocations/${id}`, `/v1/revocations/${id}/outcomes`]) {
      expect((await api.call({ path, authorizer: owner })).statusCode).toBe(200);
      const foreign = await api.expectProblem({ path, authorizer: other });
      const unknown = path.replace(id, newRevocationId());
      expect(foreign).toMatchObject({ status: 404 });
      expect(foreign).toEqual(await api.expectProblem({ path: unknown, authorizer: other }));
    }
    expect(await listAs(other)).not.toContain(id);
    expect(await listAs(owner)).toContain(id);
  });

  it('is there for whoever may operate', async () => {
    const id = await submitAs(user('ci'));
    for (const authorizer of [
      user('boss', 'read operate'),
      jwt('boss', 'rescind:read rescind:operate'),
      role('OnCall', 'any'),
    ]) {
      const path = `/v1/revocations/${id}`;
      expect((await api.call({ path, authorizer })).statusCode).toBe(200);
      expect(await listAs(authorizer)).toContain(id);
    }
  });
});

describe('the sessions of a role are one owner', () => {
  it('who see what each has asked for, with the session on record', async () => {
    const id = await submitAs(role('A', 'first'));
    const path = `/v1/revocations/${id}`;
    const found = await api.expectAnswer(revocation, { path, authorizer: role('A', 'second') });
    expect(found.requestedBy).toContain('/first');
  });

  it('and repeat one another’s requests', async () => {
    const key = { 'idempotency-key': 'the-same' };
    const id = await submitAs(role('A', 'first'), key);
    expect(await submitAs(role('A', 'second'), key)).toBe(id);
    expect(await submitAs(role('B', 'first'), key)).not.toBe(id);
  });
});

describe('lists', () => {
  const few = user('few');
  const own: string[] = [];

  beforeAll(async () => {
    for (let n = 0; n < 700; n += 1) {
      const id = newRevocationId(1_600_000_000_000 + n);
      const isOwn = n % 100 === 0;
      if (isOwn) own.unshift(id);
      const requestedBy = isOwn ? 'local:few' : 'local:many';
      const createdAt = new Date().toISOString();
      await api.stores.revocations.create({ id, requestedBy, createdAt, total: 1 });
    }
  });

  it.each([1, 2, 3, 500])('hand out a caller’s own once, newest first, by %i', async (limit) => {
    expect(await listAs(few, limit)).toEqual(own);
  });

  it('read no more than a bounded part of the table for a page', async () => {
    const path = '/v1/revocations';
    const query = { limit: '1' };
    const page = await api.expectAnswer(listOf(revocation), {
      path,
      query,
      authorizer: user('none'),
    });
    expect(page.items).toEqual([]);
    expect(page.cursor).toBeDefined();
    expect(await listAs(user('none'), 500)).toEqual([]);
  });
});

describe('the ledger', () => {
  it('shows a caller’s own jobs, page by page, and everything to whoever may operate', async () => {
    const ids = await Promise.all([user('a'), user('b'), user('a')].map((each) => submitAs(each)));
    const forgotten = newRevocationId();
    for (const id of [...ids, forgotten]) {
      const message = await sliceOf(['token-1', 'token-2', 'token-3'], { revocation: id });
      await recordWork(
        message,
        api.stores,
        ...Array(3).fill({ outcome: 'parked', reason: 'refused' }),
      );
    }
    const parkedOf = async (authorizer: unknown) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: '2', ...(cursor !== undefined && { cursor }) };
        const page = await api.expectAnswer(listOf(deadLetter), {
          path: '/v1/dead-letters',
          query,
          authorizer,
        });
        found.push(...page.items.map((row) => row.revocation));
        cursor = page.cursor;
      } while (cursor !== undefined);
      return found.toSorted();
    };
    const three = (...of: (string | undefined)[]) => of.flatMap((id) => [id, id, id]).toSorted();
    expect(await parkedOf(user('a'))).toEqual(three(ids[0], ids[2]));
    expect(await parkedOf(user('b'))).toEqual(three(ids[1]));
    expect(await parkedOf(user('c'))).toEqual([]);
    expect(await parkedOf(user('boss', 'read operate'))).toEqual(three(...ids, forgotten));
  });
});

it('without ownership everybody who may read sees everything', async () => {
  await using open = await startApi();
  const call = { method: 'POST', path: '/v1/revocations', body, authorizer: user('ci') };
  const { id } = await open.expectAnswer(accepted, call, 202);
  const outcomes = { path: `/v1/revocations/${id}/outcomes`, authorizer: user('other') };
  expect((await open.expectAnswer(listOf(outcomeRow), outcomes)).items).toEqual([]);
});
