import { afterEach, describe, expect, it } from 'vitest';
import { deadLetter, provider } from '../../functions/api/contract/answers.ts';
import { until } from '../support/until.ts';
import { openTarget } from './target.ts';

const target = openTarget();

const jobsFor = (name: string, tokens: readonly { token: string }[]) =>
  tokens.map(({ token }, index) => ({ provider: name, token, ref: `${name}-${index}` }));

const healthOf = async (name: string) =>
  (await target.list('/v1/providers', provider)).items.find(({ id }) => id === name)?.health;

describe('a provider that misbehaves', () => {
  const moody = target.provider('moody');

  afterEach(() => moody.setFaults({}));

  it.each([
    ['503s', { unavailable: { count: 3 } }],
    ['connections cut before the work', { drop: { count: 2 } }],
    ['connections cut after the work', { drop: { count: 2, afterRevoking: true } }],
    ['half an answer', { misbehave: { how: 'truncated', count: 2 } }],
    ['an answer of 4 MiB', { misbehave: { how: 'huge', count: 2 } }],
  ] as const)('is asked again after %s, until every token is dead', async (_, faults) => {
    const issued = await moody.issue({ count: 12 });
    await moody.setFaults(faults);

    const { revocation } = await target.revoke(jobsFor('moody', issued));

    const { revoked, already_invalid } = revocation.counts;
    expect(revoked + already_invalid).toBe(12);
    expect(await moody.alive(issued.map(({ token }) => token))).toEqual([]);
  });

  it('never gets a job called revoked that it did not revoke', async () => {
    const issued = await moody.issue({ count: 3 });
    await moody.setFaults({ canned: { status: 500, body: '<html>oops</html>' } });

    const { revocation, outcomes } = await target.revoke(jobsFor('moody', issued));

    expect(revocation.counts).toMatchObject({ total: 3, parked: 3, revoked: 0 });
    for (const row of outcomes) {
      expect(row).toMatchObject({ outcome: 'parked', reason: 'exhausted', httpStatus: 500 });
    }
    const { items } = await target.list('/v1/dead-letters?provider=moody&limit=500', deadLetter);
    const parked = items.map(({ id }) => id);
    expect(parked).toEqual(expect.arrayContaining(outcomes.map(({ job }) => job)));
    expect(await moody.alive(issued.map(({ token }) => token))).toHaveLength(3);
  });

  it('never gets its redirects followed with credentials', async () => {
    const issued = await moody.issue({ count: 1 });
    await moody.resetStats();
    await moody.setFaults({ misbehave: { how: 'redirect' } });

    const { outcomes } = await target.revoke(jobsFor('moody', issued));

    expect(outcomes).toMatchObject([{ outcome: 'parked', reason: 'misconfigured' }]);
    expect((await moody.stats()).redirectsFollowed).toBe(0);
    // The lane stood still meanwhile; a success opens it for the next test.
    await moody.setFaults({});
    await target.revoke(jobsFor('moody', await moody.issue({ count: 1 })));
  });
});

describe('a provider that throttles', () => {
  it('is left alone as long as it asks, and spends no other job’s attempts', async () => {
    const strict = target.provider('strict');
    const issued = await strict.issue({ count: 60 });
    await strict.setFaults({ throttle: { count: 1, retryAfter: 2 } });
    const begun = Date.now();

    const { outcomes } = await target.revoke(jobsFor('strict', issued));

    expect(Date.now() - begun).toBeGreaterThanOrEqual(2000);
    expect(outcomes.every(({ outcome }) => outcome === 'revoked')).toBe(true);
    expect(outcomes.filter(({ attempts }) => attempts > 1)).toHaveLength(1);
    expect(await strict.alive(issued.map(({ token }) => token))).toEqual([]);
  });
});

describe('a provider that is down', () => {
  it('delays nobody else, and is done when it is back', async () => {
    const down = target.provider('down');
    const polar = target.provider('polar');
    await down.setFaults({ unavailable: {} });
    await down.resetStats();
    const waiting = await down.issue({ count: 30 });
    const others = await polar.issue({ count: 30 });
    const { id } = await target.client.submit({
      jobs: [...jobsFor('down', waiting), ...jobsFor('polar', others)],
    });

    await until('it to be called in vain', async () => (await down.stats()).calls > 0);
    const counts = await until('the healthy lane to finish', async () => {
      const now = (await target.client.revocation(id)).counts;
      return now.revoked === 30 && now;
    });
    expect(counts.queued).toBe(30);
    expect(await polar.alive(others.map(({ token }) => token))).toEqual([]);

    await down.setFaults({});
    const { revocation } = await target.completed(id);
    expect(revocation.counts).toMatchObject({ total: 60, revoked: 60 });
    expect(await down.alive(waiting.map(({ token }) => token))).toEqual([]);
  });
});

describe('a provider without its secret', () => {
  it('pauses its lane with what to mend, keeps its jobs, and works once the secret is there', async () => {
    const forgotten = target.provider('forgotten');
    const issued = await forgotten.issue({ count: 2 });
    const { id } = await target.client.submit({ jobs: jobsFor('forgotten', issued) });

    const health = await until('the lane to be paused', async () => {
      const now = await healthOf('forgotten');
      return now?.reason === 'misconfigured' && now;
    });

    expect(health.lastError).toContain('providers/forgotten');
    expect((await target.client.revocation(id)).counts.queued).toBe(2);
    expect((await forgotten.stats()).calls).toBe(0);

    await target.setSecret('forgotten', await forgotten.secret());
    // The worker looks again at most once a minute.
    const counts = await until(
      'the lane to work',
      async () => {
        const now = (await target.client.revocation(id)).counts;
        return now.revoked === 2 && now;
      },
      180,
    );
    expect(counts.parked).toBe(0);
    expect(await forgotten.alive(issued.map(({ token }) => token))).toEqual([]);
  });
});
