import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Said } from '../../test/support/provider.ts';
import { startSecrets, type TestSecrets } from '../../test/support/secrets.ts';
import { triedToken, trying } from '../../test/support/trying.ts';

let setting: TestSecrets;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  setting = await startSecrets({ test: { key: 'old' } });
});
afterEach(async () => {
  await setting[Symbol.asyncDispose]();
  vi.useRealTimers();
});

type Found = 'dead' | 'alive' | Said;

describe('an ambiguous answer is looked into', () => {
  const looking = (found: Found) =>
    trying(setting.secrets, () => 'ambiguous', { lookUp: () => found });

  test('and a dead token is invalid, verified', async () => {
    const { once, calls } = looking('dead');
    expect(await once()).toEqual({
      verdict: { kind: 'already_invalid' },
      evidence: 'verified',
      httpStatus: 299,
      answers: 1,
    });
    expect(calls.map(({ kind }) => kind)).toEqual(['revoke', 'look up']);
  });

  test('and a living one is tried again', async () => {
    const tried = await looking('alive').once();
    expect(tried).toMatchObject({
      verdict: { kind: 'ambiguous', detail: 'the token is still alive' },
    });
    // Nobody had called it dead.
    expect(tried).not.toHaveProperty('foundAlive');
  });

  test.each<[Said, object]>([
    ['unavailable', { kind: 'unavailable' }],
    ['throttled', { kind: 'throttled' }],
    ['bad credentials', { kind: 'misconfigured' }],
    ['lost', { kind: 'unavailable' }],
    ['bug', { kind: 'unavailable', detail: 'the adapter failed: TypeError' }],
    ['refused', { kind: 'ambiguous', detail: 'the look-up was refused: refused' }],
    ['unsupported', { kind: 'ambiguous' }],
    ['ambiguous', { kind: 'ambiguous' }],
  ])('and a look-up that is %s decides nothing', async (found, verdict) => {
    const tried = await looking(found).once();
    expect(tried).toMatchObject({ verdict });
    expect(tried).not.toHaveProperty('evidence');
  });

  test('with the credentials that worked', async () => {
    const { once, calls } = trying(
      setting.secrets,
      ({ key }) => (key === 'new' ? 'ambiguous' : 'bad credentials'),
      { lookUp: () => 'dead' },
    );
    await once();
    vi.setSystemTime(Date.now() + 2000);
    setting.held.set('rescind/providers/test', JSON.stringify({ key: 'new' }));
    expect(await once()).toMatchObject({ evidence: 'verified' });
    expect(calls.at(-1)).toMatchObject({ kind: 'look up', key: 'new' });
  });
});

describe('a refusal that a dead token may get, too, is looked into', () => {
  const looking = (found: Found | undefined) =>
    trying(setting.secrets, () => 'refused or dead', found && { lookUp: () => found });

  test('and a dead token is invalid, verified', async () => {
    expect(await looking('dead').once()).toMatchObject({
      verdict: { kind: 'already_invalid' },
      evidence: 'verified',
    });
  });

  test.each<Found | undefined>(['alive', 'refused', 'ambiguous', 'bad credentials', undefined])(
    'and stays one: look-up %s',
    async (found) => {
      const tried = await looking(found).once();
      expect(tried).toMatchObject({ verdict: { kind: 'refused' } });
      expect(tried).not.toHaveProperty('evidence');
    },
  );

  test.each<Found>(['unavailable', 'throttled', 'lost'])(
    'and is looked into later where that is %s now',
    async (found) => {
      const { verdict } = await looking(found).once();
      expect(['unavailable', 'throttled']).toContain(verdict.kind);
    },
  );

  test('but no other refusal is', async () => {
    const { once, calls } = trying(setting.secrets, () => 'refused', { lookUp: () => 'dead' });
    expect(await once()).toMatchObject({ verdict: { kind: 'refused' } });
    expect(calls).toHaveLength(1);
  });
});

describe('with `verify`, a token that its provider calls dead is looked up', () => {
  const verifying = (found: Found | undefined, said: Said = 'revoked') =>
    trying(setting.secrets, () => said, {
      verify: true,
      ...(found !== undefined && { lookUp: () => found }),
    });

  test.each<[Said, string]>([
    ['revoked', 'revoked'],
    ['dead', 'already_invalid'],
  ])('and is: %s', async (said, kind) => {
    const { once, calls } = verifying('dead', said);
    expect(await once()).toEqual({
      verdict: { kind },
      evidence: 'verified',
      httpStatus: 299,
      answers: 1,
    });
    expect(calls.map(({ kind: call }) => call)).toEqual(['revoke', 'look up']);
  });

  test('and is not: it is tried again', async () => {
    expect(await verifying('alive').once()).toMatchObject({
      verdict: { kind: 'ambiguous', detail: 'the token is still alive' },
      foundAlive: true,
    });
  });

  test('or cannot be: the provider’s word stands, and is called unverifiable', async () => {
    expect(await verifying(undefined).once()).toMatchObject({
      verdict: { kind: 'revoked' },
      evidence: 'unverifiable',
    });
  });

  test.each<[Said, object]>([
    ['unavailable', { kind: 'unavailable' }],
    ['throttled', { kind: 'throttled' }],
    ['lost', { kind: 'unavailable' }],
    ['bug', { kind: 'unavailable' }],
  ])('and a look-up that is %s is waited for, without losing the word', async (found, verdict) => {
    expect(await verifying(found).once()).toMatchObject({ verdict, evidence: 'accepted' });
    expect(await verifying(found, 'dead').once()).toMatchObject({
      verdict: { kind: 'already_invalid', detail: expect.stringMatching(/^not verified: /) },
      evidence: 'accepted',
    });
  });

  test.each<Said>(['refused', 'unsupported', 'ambiguous', 'bad credentials', 'bad endpoint'])(
    'and a look-up that is %s leaves the word as it is, and says so',
    async (found) => {
      expect(await verifying(found).once()).toEqual({
        verdict: { kind: 'revoked', detail: `not verified: ${found}` },
        evidence: 'accepted',
        httpStatus: 299,
        answers: 1,
      });
    },
  );

  test('and says the token back in vain', async () => {
    const { once } = trying(setting.secrets, () => 'revoked', {
      verify: true,
      lookUp: () => ({ status: 400, headers: {}, body: `no ${triedToken}` }),
    });
    expect(await once()).toMatchObject({ verdict: { detail: 'not verified: no [token]' } });
  });

  test.each<Said>(['refused', 'unsupported', 'throttled', 'bad endpoint'])(
    'but not where it says %s',
    async (said) => {
      const { once, calls } = verifying('dead', said);
      await once();
      expect(calls.map(({ kind }) => kind)).toEqual(['revoke']);
    },
  );
});

test('without `verify`, the provider’s word is enough', async () => {
  const { once, calls } = trying(setting.secrets, () => 'revoked', { lookUp: () => 'alive' });
  expect(await once()).toEqual({ verdict: { kind: 'revoked' }, httpStatus: 299, answers: 1 });
  expect(calls).toHaveLength(1);
});

describe('a job whose provider has said yes already', () => {
  const again = (found: Found | undefined, said: Said = 'revoked') => {
    const job = trying(setting.secrets, () => said, {
      verify: true,
      ...(found !== undefined && { lookUp: () => found }),
    });
    const earlier = { evidence: 'accepted', httpStatus: 204, answers: 1 } as const;
    return { ...job, once: () => job.once(earlier) };
  };

  test('is not revoked again, only looked up', async () => {
    const { once, calls } = again('dead');
    expect(await once()).toEqual({
      verdict: { kind: 'revoked' },
      evidence: 'verified',
      httpStatus: 204,
      answers: 0,
    });
    expect(calls.map(({ kind }) => kind)).toEqual(['look up']);
  });

  test('waits on for its look-up', async () => {
    const { once, calls } = again('unavailable');
    expect(await once()).toMatchObject({ verdict: { kind: 'unavailable' }, evidence: 'accepted' });
    expect(calls.map(({ kind }) => kind)).toEqual(['look up']);
  });

  test('keeps that while its secret cannot be read', async () => {
    setting.held.clear();
    expect(await again('dead').once()).toMatchObject({
      verdict: { kind: 'misconfigured' },
      evidence: 'accepted',
    });
  });

  test('and whose token is alive is revoked again', async () => {
    const { once, calls } = again('alive');
    expect(await once()).toMatchObject({
      verdict: { kind: 'ambiguous', detail: 'the token is still alive' },
      foundAlive: true,
      answers: 1,
    });
    expect(calls.map(({ kind }) => kind)).toEqual(['look up', 'revoke']);
  });

  test.each<Said>(['unavailable', 'throttled', 'refused', 'bad credentials'])(
    'and whose token is alive has no word to fall back on when the provider then says %s',
    async (said) => {
      const tried = await again('alive', said).once();
      expect(tried).toMatchObject({ foundAlive: true });
      expect(tried).not.toHaveProperty('evidence');
      expect(['revoked', 'already_invalid', 'refused']).not.toContain(tried.verdict.kind);
    },
  );
});

describe('a job whose token was found alive after its provider had said yes', () => {
  const again = (found: Found | undefined, entry: { verify: boolean } = { verify: true }) => {
    const job = trying(setting.secrets, () => 'revoked', {
      ...entry,
      ...(found !== undefined && { lookUp: () => found }),
    });
    return { ...job, once: () => job.once({ foundAlive: true, answers: 1 }) };
  };

  test('ends once it is dead, without another revocation', async () => {
    const { once, calls } = again('dead');
    expect(await once()).toMatchObject({ verdict: { kind: 'revoked' }, evidence: 'verified' });
    expect(calls.map(({ kind }) => kind)).toEqual(['look up']);
  });

  test.each<Found | undefined>([
    'alive',
    'unavailable',
    'throttled',
    'refused',
    'bad credentials',
    undefined,
  ])('never ends by the provider’s word alone: look-up %s', async (found) => {
    for (const verify of [true, false]) {
      const tried = await again(found, { verify }).once();
      expect(['ambiguous', 'unavailable', 'throttled']).toContain(tried.verdict.kind);
      expect(tried).not.toHaveProperty('evidence');
    }
  });
});
