import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, problem } from '../../functions/api/contract/answers.ts';
import { withApiKey } from '../../local/client.ts';
import { checked, keysOf, pageOf, pagesOf } from '../support/report-pages.ts';
import { ok, type ScriptedProvider, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const keys = {
  offboarding: 'key-of-offboarding',
  audit: 'key-of-audit-----',
  submitter: 'key-of-submitter-',
};

/** Refuses `refused-…` until told otherwise, and does not answer `held-…` until it is let go. */
let acme: ScriptedProvider;
let rescind: TestStack;
let refuses = true;
const held = Promise.withResolvers<void>();

beforeAll(async () => {
  acme = await startScriptedProvider('acme', async ({ token }) => {
    if (token.startsWith('held-')) await held.promise;
    const refused = refuses && token.startsWith('refused-');
    return refused ? { status: 400, body: '{"error":"invalid_request"}' } : ok;
  });
  rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret },
    ownership: true,
    apiKeys: {
      offboarding: { key: keys.offboarding, scopes: ['submit', 'read'] },
      audit: { key: keys.audit, scopes: ['read'] },
      submitter: { key: keys.submitter, scopes: ['submit'] },
    },
  });
});

afterAll(async () => {
  held.resolve();
  await rescind[Symbol.asyncDispose]();
  await acme[Symbol.asyncDispose]();
});

const jobs = (count: number, name: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => ({
    provider: 'acme',
    token: name(n),
    ref: `=ref-${n},"<b>`,
  }));

const post = async (path: string, body: unknown = {}, method = 'POST') => {
  const answer = await rescind.api(path, { method, body: JSON.stringify(body) });
  expect(answer.ok, `${path}: ${answer.status}`).toBe(true);
};

describe('the report of a revocation', () => {
  it('is the same rows as its outcomes, and checks by the published key', async () => {
    const { revocation, outcomes } = await rescind.revoke(
      jobs(60, (n) => `${n % 4 === 0 ? 'refused' : 'fine'}-${n}`),
    );
    const { id } = revocation;
    const published = await keysOf(rescind.api);
    for (const limit of [25, 1000]) {
      const { statement, rows } = checked(await pagesOf(rescind.api, id, limit), published);
      expect(statement).toMatchObject({
        revocation: { id, requestedBy: 'local' },
        progress: { status: 'completed', counts: revocation.counts },
        tally: { revoked: 45, parked: 15, queued: 0 },
        last: true,
      });
      expect(
        rows.map(({ ref, outcome, evidence, reason, fingerprint }) => ({
          ref,
          outcome,
          evidence: evidence || undefined,
          reason: reason || undefined,
          fingerprint,
        })),
      ).toEqual(
        outcomes.map(({ ref, outcome, evidence, reason, fingerprint }) => ({
          ref,
          outcome,
          evidence,
          reason,
          fingerprint,
        })),
      );
    }
  });

  it('can be had in every format, under a policy that lets nothing run', async () => {
    const { revocation } = await rescind.revoke(jobs(1, () => 'fine'));
    const path = `/v1/revocations/${revocation.id}/report`;
    for (const [format, type] of [
      ['json', 'application/json'],
      ['csv', 'text/csv; charset=utf-8'],
      ['html', 'text/html; charset=utf-8'],
    ]) {
      const answer = await rescind.api(`${path}?format=${format}`);
      expect(answer.headers.get('content-type')).toBe(type);
      expect(await answer.text()).toContain('ref-0');
    }
    const { headers } = await rescind.api(`${path}?format=html`);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(headers.get('content-security-policy')).not.toContain('script');
  });

  it('covers all parts, and one that takes more still says so', async () => {
    const { id } = await rescind.client.submit({ open: true, jobs: jobs(30, (n) => `zero-${n}`) });
    for (const part of [2, 1]) {
      await post(
        `/v1/revocations/${id}/parts/${part}`,
        { jobs: jobs(30, (n) => `${part}-${n}`) },
        'PUT',
      );
    }
    await until('all jobs to end', async () => {
      const { counts } = await rescind.client.revocation(id);
      return counts.revoked === 90;
    });
    const published = await keysOf(rescind.api);
    const before = checked(await pagesOf(rescind.api, id), published);
    expect(before.statement.progress).toMatchObject({ status: 'running', open: true });
    await post(`/v1/revocations/${id}/close`);
    const { statement, rows } = checked(await pagesOf(rescind.api, id, 25), published);
    expect(statement.progress).toMatchObject({ status: 'completed', counts: { revoked: 90 } });
    expect(rows.map(({ part }) => part)).toEqual(
      ['0', '1', '2'].flatMap((part) => Array.from({ length: 30 }, () => part)),
    );
  });

  it('tells by its counts that a job was sent again between two of its pages', async () => {
    const { revocation } = await rescind.revoke(jobs(50, (n) => `refused-again-${n}`));
    const { id } = revocation;
    expect(revocation.counts.parked).toBe(50);
    const first = await pageOf(rescind.api, id, { limit: '25' });
    refuses = false;
    await post('/v1/dead-letters/redrive', { revocation: id });
    await until('all jobs to be revoked', async () => {
      const { status, counts } = await rescind.client.revocation(id);
      return status === 'completed' && counts.revoked === 50;
    });
    refuses = true;
    const second = await pageOf(rescind.api, id, { limit: '25', cursor: first.cursor ?? '' });

    const { statement } = checked([first, second], await keysOf(rescind.api));
    expect(statement).toMatchObject({
      tally: { parked: 25, revoked: 25 },
      progress: { status: 'completed', counts: { parked: 0, revoked: 50 } },
      last: true,
    });
  });

  it('of one that is under way says so, and has no row for what was not tried', async () => {
    const { id } = await rescind.client.submit({ jobs: jobs(3, (n) => `held-${n}`) });
    await until('the first job to be under way', () => acme.callsFor('held-0').length > 0);
    const { statement, rows } = checked(await pagesOf(rescind.api, id), await keysOf(rescind.api));
    expect(rows).toEqual([]);
    expect(statement).toMatchObject({
      rows: 0,
      last: true,
      progress: { status: 'queued', counts: { total: 3, queued: 3 } },
    });
    held.resolve();
    await rescind.completed(id);
  });
});

describe('who may have it', () => {
  const as = (name: keyof typeof keys) => withApiKey(rescind.stack.url, keys[name]);
  const submitted = async (name: keyof typeof keys): Promise<string> => {
    const answer = await as(name)('/v1/revocations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jobs: jobs(1, () => 'fine') }),
    });
    return accepted.parse(await answer.json()).id;
  };

  it('is who asked for the revocation, and who may operate', async () => {
    const id = await submitted('offboarding');
    await rescind.completed(id);
    for (const send of [as('offboarding'), rescind.api]) {
      const { statement } = checked(await pagesOf(send, id), await keysOf(send));
      expect(statement.revocation.requestedBy).toBe('local:offboarding');
    }
    const path = `/v1/revocations/${id}/report`;
    const foreign = await as('audit')(path);
    expect(foreign.status).toBe(404);
    expect(problem.parse(await foreign.json())).toMatchObject({ status: 404 });
  });

  it('is nobody without the scope, or without a key', async () => {
    for (const path of [
      `/v1/revocations/${await submitted('submitter')}/report`,
      '/v1/report-keys',
    ]) {
      expect((await as('submitter')(path)).status).toBe(403);
      expect((await fetch(`${rescind.stack.url}${path}`)).status).toBe(401);
      const wrong = await rescind.api(path, { method: 'POST', body: '{}' });
      expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
    }
  });
});
