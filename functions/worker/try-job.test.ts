import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { createProvider, Said } from '../../test/support/provider.ts';
import { startSecrets, type TestSecrets } from '../../test/support/secrets.ts';
import { trying as tryingWith } from '../../test/support/trying.ts';

const secretName = 'rescind/providers/test';

let setting: TestSecrets;
const setSecret = (key: string) => setting.held.set(secretName, JSON.stringify({ key }));
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setting = await startSecrets({ test: { key: 'old' } });
});
afterEach(async () => {
  await setting[Symbol.asyncDispose]();
  vi.useRealTimers();
});

/** One try at one job whose provider behaves so. */
const trying = (...scripted: Parameters<typeof createProvider>) =>
  tryingWith(setting.secrets, ...scripted);

describe('an answer', () => {
  test.each<[Said, object]>([
    ['revoked', { verdict: { kind: 'revoked' }, httpStatus: 299 }],
    ['dead', { verdict: { kind: 'already_invalid' }, httpStatus: 299 }],
    ['unsupported', { verdict: { kind: 'unsupported', detail: 'unsupported' }, httpStatus: 299 }],
    ['throttled', { verdict: { kind: 'throttled' }, httpStatus: 299 }],
    ['bad endpoint', { verdict: { kind: 'misconfigured', credentials: false }, httpStatus: 299 }],
    ['ambiguous', { verdict: { kind: 'ambiguous' }, httpStatus: 299 }],
  ])('%s is judged, after one call', async (said, tried) => {
    const { once, calls } = trying(() => said);
    expect(await once()).toMatchObject(tried);
    expect(calls).toHaveLength(1);
  });

  test('that does not come leaves the job as it was', async () => {
    const { once } = trying(() => 'lost');
    expect(await once()).toEqual({
      verdict: { kind: 'unavailable', detail: 'no answer: ECONNRESET' },
      answers: 0,
    });
  });

  test('that the adapter falls over is told by the class of its fault alone', async () => {
    const { once } = trying(() => 'bug');
    expect(await once()).toEqual({
      verdict: { kind: 'unavailable', detail: 'the adapter failed: TypeError' },
      httpStatus: 299,
      answers: 1,
    });
  });

  test('that says the token back loses it', async () => {
    const { once } = trying(() => ({ status: 400, headers: {}, body: 'no token-4711 here' }));
    expect(await once()).toMatchObject({
      verdict: { kind: 'refused', detail: 'no [token] here' },
    });
  });
});

describe('refused credentials', () => {
  const saying =
    (good: string) =>
    ({ key }: { key: string }): Said =>
      key === good ? 'revoked' : 'bad credentials';

  test('are fetched again, and the job is tried once more', async () => {
    // Prepare: rotated while the worker held the old one.
    const { once, calls } = trying(saying('new'));
    await once();
    vi.setSystemTime(Date.now() + 2000);
    setSecret('new');

    // Act, Assess
    expect(await once()).toMatchObject({ verdict: { kind: 'revoked' } });
    expect(calls.map(({ key }) => key)).toEqual(['old', 'old', 'new']);
  });

  test('are not tried again when they are still the same', async () => {
    const { once, calls } = trying(saying('new'));
    await once();
    vi.setSystemTime(Date.now() + 2000);
    expect(await once()).toMatchObject({ verdict: { kind: 'misconfigured', credentials: true } });
    expect(calls).toHaveLength(2);
  });

  test('are tried twice at most', async () => {
    const { once, calls } = trying(() => 'bad credentials');
    await once();
    vi.setSystemTime(Date.now() + 2000);
    setSecret('new');
    expect(await once()).toMatchObject({ verdict: { kind: 'misconfigured' } });
    expect(calls).toHaveLength(3);
  });

  test('whose fresh copy cannot be read leave the job, and say which secret it is', async () => {
    const { once } = trying(saying('new'));
    await once();
    vi.setSystemTime(Date.now() + 2000);
    setting.held.delete(secretName);
    expect(await once()).toMatchObject({
      verdict: { kind: 'misconfigured', detail: `there is no secret ${secretName}` },
    });
  });

  test('of another kind than credentials are not fetched', async () => {
    const { once, calls } = trying(() => 'bad endpoint');
    await once();
    setSecret('new');
    vi.setSystemTime(Date.now() + 2000);
    await once();
    expect(calls.map(({ key }) => key)).toEqual(['old', 'old']);
  });
});

describe('a call', () => {
  test('keeps its name until it is answered, and then the next has one of its own', async () => {
    const { once, calls } = trying(() => 'unavailable');
    await once({ answers: 0 });
    await once({ answers: 0 });
    await once({ answers: 1 });
    await once({ answers: 7 });
    expect(calls.map(({ id }) => id)).toEqual([
      'rev_1/0/0',
      'rev_1/0/0',
      'rev_1/0/0#1',
      'rev_1/0/0#7',
    ]);
  });

  test('with a fresh secret is another one than the one that was refused', async () => {
    const { once, calls } = trying(({ key }) => (key === 'new' ? 'revoked' : 'bad credentials'));
    await once({ answers: 0 });
    vi.setSystemTime(Date.now() + 2000);
    setSecret('new');
    expect(await once({ answers: 1 })).toMatchObject({ answers: 2 });
    expect(calls.map(({ id }) => id)).toEqual(['rev_1/0/0', 'rev_1/0/0#1', 'rev_1/0/0#2']);
  });

  test('counts as answered, whatever goes wrong afterwards', async () => {
    const { once } = trying(() => 'bad credentials');
    expect(await once()).toMatchObject({ answers: 1 });
    vi.setSystemTime(Date.now() + 2000);
    setting.held.delete(secretName);
    expect(await once()).toMatchObject({ answers: 1, verdict: { kind: 'misconfigured' } });
  });
});

describe('a secret that is no good', () => {
  test.each([
    ['missing', undefined, /there is no secret/],
    ['not JSON', 'hunter2', /is not JSON/],
    ['of another shape', '{"password":"hunter2"}', /key: /],
  ])('%s is a fault of configuration, and no call is made', async (_, text, detail) => {
    if (text === undefined) setting.held.delete(secretName);
    else setting.held.set(secretName, text);
    const { once, calls } = trying();
    const { verdict } = await once();
    expect(verdict).toMatchObject({
      kind: 'misconfigured',
      credentials: true,
      detail: expect.stringMatching(detail),
    });
    expect(JSON.stringify(verdict)).not.toContain('hunter2');
    expect(calls).toHaveLength(0);
  });

  test('because Secrets Manager cannot be reached is an outage, not a fault of ours', async () => {
    setting.fail(true);
    const { once } = trying();
    const { verdict } = await once();
    setting.fail(false);
    expect(verdict).toMatchObject({ kind: 'unavailable' });
  });
});
