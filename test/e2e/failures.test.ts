import { describe, expect, it } from 'vitest';
import { outcomeRow, provider } from '../../functions/api/contract/answers.ts';
import { startSandbox } from '../../local/sandbox/index.ts';
import { ok, type Script, startScriptedProvider } from '../support/scripted-provider.ts';
import { quickRetry, startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

/** A stack with one scripted provider, `acme`. */
async function withProvider(script: Script, entry: Readonly<Record<string, unknown>> = {}) {
  const provider = await startScriptedProvider('acme', script, entry);
  const rescind = await startTestStack({
    providers: [provider.entry],
    secrets: { acme: provider.secret },
  });
  return {
    provider,
    rescind,
    [Symbol.asyncDispose]: async () => {
      await rescind[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

const job = (token: string) => ({ provider: 'acme', token, ref: token.replace('token', 'job') });

describe('a provider that misbehaves', () => {
  it('is asked again after 503s, and each job keeps its own outcome in a mixed slice', async () => {
    await using setting = await withProvider(({ token, times }) => {
      if (token.includes('flaky') && times < 3) return { status: 503 };
      if (token.includes('broken')) return { status: 500, body: '<html>oops</html>' };
      if (token.includes('cut') && times < 2) return 'drop';
      if (token.includes('foreign')) return { status: 400, body: '{"error":"invalid_grant"}' };
      if (token.includes('odd')) {
        return { status: 400, body: '{"error":"unsupported_token_type"}' };
      }
      return ok;
    });
    const tokens = [
      'good-token',
      'flaky-token',
      'broken-token',
      'cut-token',
      'foreign-token',
      'odd-token',
    ];

    const { revocation, outcomes } = await setting.rescind.revoke(tokens.map(job));

    expect(revocation.counts).toMatchObject({ total: 6, revoked: 3, unsupported: 1, parked: 2 });
    const row = (name: string) => outcomes.find(({ ref }) => ref === `${name}-job`);
    expect(row('good')).toMatchObject({ outcome: 'revoked', attempts: 1 });
    expect(row('flaky')).toMatchObject({ outcome: 'revoked', attempts: 3 });
    expect(row('cut')).toMatchObject({ outcome: 'revoked' });
    expect(setting.provider.callsFor('cut-token')).toHaveLength(2);
    expect(row('broken')).toMatchObject({
      outcome: 'parked',
      reason: 'exhausted',
      attempts: 4,
      httpStatus: 500,
    });
    expect(row('foreign')).toMatchObject({ outcome: 'parked', reason: 'refused', attempts: 1 });
    expect(row('odd')).toMatchObject({ outcome: 'unsupported', attempts: 1 });
    // What had ended was not sent again with the rest of its slice.
    expect(setting.provider.callsFor('good-token')).toHaveLength(1);
    expect(setting.provider.callsFor('foreign-token')).toHaveLength(1);
  });

  it.each([
    ['seconds', () => '2'],
    ['a date', () => new Date(Date.now() + 3000).toUTCString()],
  ])('is left alone for as long as its Retry-After asks, given as %s', async (_, value) => {
    const at: number[] = [];
    await using setting = await withProvider(({ times }) => {
      at.push(Date.now());
      return times === 1 ? { status: 429, headers: { 'retry-after': value() } } : ok;
    });

    const { outcomes } = await setting.rescind.revoke([job('a-token')]);

    expect(outcomes).toMatchObject([{ outcome: 'revoked', attempts: 2 }]);
    const [first = 0, second = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(2000);
  });

  it('keeps the whole lane waiting after a 429, without spending other jobs’ attempts', async () => {
    let throttled = 0;
    await using setting = await withProvider(({ times }) => {
      if (throttled < 3 && times === 1) {
        throttled += 1;
        return { status: 429, headers: { 'retry-after': '1' } };
      }
      return ok;
    });
    const tokens = Array.from({ length: 60 }, (_, index) => `token-${index}`);

    const { outcomes } = await setting.rescind.revoke(tokens.map(job));

    expect(outcomes.every(({ outcome }) => outcome === 'revoked')).toBe(true);
    expect(outcomes.filter(({ attempts }) => attempts > 1)).toHaveLength(3);
  });

  it('never follows a redirect with credentials', async () => {
    let followed = 0;
    await using elsewhere = await startScriptedProvider('elsewhere', () => {
      followed += 1;
      return ok;
    });
    await using setting = await withProvider(() => ({
      status: 307,
      headers: { location: `${elsewhere.entry.baseUrl}/revoke` },
    }));

    const { outcomes } = await setting.rescind.revoke([job('a-token')]);

    expect(outcomes).toMatchObject([{ outcome: 'parked', reason: 'misconfigured' }]);
    expect(followed).toBe(0);
  });
});

describe('credentials that are wrong', () => {
  it('pause the lane, are told by GET /v1/providers, and burn no job once mended', async () => {
    let valid = 'right-secret';
    await using setting = await withProvider(
      ({ authorization = '' }) => {
        const given = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
        return given.endsWith(`:${encodeURIComponent(valid).replaceAll('-', '%2D')}`)
          ? ok
          : { status: 401, body: '{"error":"invalid_client"}' };
      },
      { retry: { maxAttempts: 50, baseSeconds: 0.2, maxSeconds: 1 } },
    );
    const { rescind } = setting;
    const { id } = await rescind.client.submit({
      jobs: Array.from({ length: 30 }, (_, index) => job(`token-${index}`)),
    });
    await until('the lane to be paused', async () => {
      const { items } = await rescind.list('/v1/providers', provider);
      return items[0]?.health.reason === 'misconfigured';
    });
    expect((await rescind.client.revocation(id)).counts.queued).toBe(30);

    await rescind.setSecrets({ acme: { clientId: 'test-client', clientSecret: valid } });
    const { revocation } = await rescind.completed(id);

    expect(revocation.counts.revoked).toBe(30);

    // Rotated while the worker holds the old one: it is fetched again at once.
    valid = 'rotated-secret';
    await rescind.setSecrets({ acme: { clientId: 'test-client', clientSecret: valid } });
    await until('the cached secret to be old enough to fetch again', async () => {
      const { outcomes } = await rescind.revoke([job(`late-${Date.now()}-token`)]);
      return outcomes[0]?.outcome === 'revoked';
    });
  });

  it('that are missing are waited for, with what to mend, however many tries that takes', async () => {
    await using acme = await startScriptedProvider('acme', () => ok);
    await using rescind = await startTestStack({ providers: [acme.entry], secrets: {} });
    const { id } = await rescind.client.submit({ jobs: [job('a-token'), job('b-token')] });
    const path = `/v1/revocations/${id}/outcomes`;
    await until('more tries than a job has', async () => {
      const rows = (await rescind.list(path, outcomeRow)).items;
      return rows.reduce((sum, { attempts }) => sum + attempts, 0) > quickRetry.maxAttempts;
    });
    for (const row of (await rescind.list(path, outcomeRow)).items) {
      expect(row.outcome).toBe('queued');
    }
    const { items } = await rescind.list('/v1/providers', provider);
    expect(items[0]?.health.lastError).toContain('rescind/providers/acme');
    expect(acme.calls).toHaveLength(0);

    await rescind.setSecrets({ acme: acme.secret });
    const { revocation } = await rescind.completed(id);
    expect(revocation.counts.revoked).toBe(2);
  });
});

describe('a sick provider', () => {
  it('delays nobody else', async () => {
    await using sick = await startScriptedProvider('sick', () => ({ status: 503 }), {
      retry: { maxAttempts: 50, baseSeconds: 30, maxSeconds: 60 },
    });
    await using polar = await startSandbox('polar');
    await using rescind = await startTestStack({
      providers: [sick.entry, polar.provider],
      secrets: { sick: sick.secret, polar: polar.secret },
    });
    const issued = await polar.issue({ count: 50 });
    const { id } = await rescind.client.submit({
      jobs: [
        ...Array.from({ length: 50 }, (_, index) => ({ provider: 'sick', token: `t-${index}` })),
        ...issued.map(({ token }) => ({ provider: 'polar', token })),
      ],
    });

    const counts = await until('the healthy lane to finish', async () => {
      const now = (await rescind.client.revocation(id)).counts;
      return now.revoked === 50 && now;
    });

    expect(counts.queued).toBe(50);
    expect(await polar.alive(issued.map(({ token }) => token))).toEqual([]);
  });
});
