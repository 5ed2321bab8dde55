import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type SliceMessage, sliceMessage } from '../../shared/domain/slice.ts';
import { open } from '../../shared/sealing/envelope.ts';
import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import { startApi } from '../../test/support/api.ts';
import { problemOf } from '../../test/support/problems.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import type { ApiDependencies } from './dependencies.ts';
import { type Request, submit } from './submit.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

let requests = 0;
let request: Request;
beforeEach(() => {
  requests += 1;
  request = {
    submission: {
      label: 'offboarding',
      jobs: [
        { provider: 'polar', token: 'polar_at_u_1', ref: 'user-1' },
        { provider: 'mollie', token: 'access_1', tokenType: 'access_token' },
        { provider: 'polar', token: 'polar_at_u_2', subject: 'jane' },
      ],
    },
    requestedBy: 'tester',
    idempotencyKey: `key-${requests}`,
  };
});

/** What stands on the lanes, which it takes off them. */
async function queued(): Promise<SliceMessage[]> {
  const received = await Promise.all(['polar', 'mollie', 'nylas'].map(api.queues.receive));
  return received.flat().map(({ Body = '' }) => sliceMessage.parse(JSON.parse(Body)));
}

/** The API with one step that fails, as it looks when it dies there. */
function dyingAt(step: 'create' | 'send' | 'accept'): ApiDependencies {
  const die = async () => {
    throw new Error('died');
  };
  const { revocations, lanes } = api.deps;
  return {
    ...api.deps,
    revocations: step === 'send' ? revocations : { ...revocations, [step]: die },
    lanes: step === 'send' ? { send: die } : lanes,
  };
}

test('queues every job sealed, writes the revocation down and says when it was accepted', async () => {
  // Act
  const revocation = await submit(request, api.deps);

  // Assess
  const messages = await queued();
  expect(messages.map(({ provider, jobs }) => [provider, jobs.length])).toEqual([
    ['polar', 2],
    ['mollie', 1],
  ]);
  expect(JSON.stringify(messages)).not.toMatch(/polar_at_u|access_1|jane/);
  for (const message of messages) {
    expect(message.revocation).toBe(revocation.id);
    const jobs = await open(message, message.sealed, sealingKeys);
    expect(jobs.map(({ index, token }) => [index, token])).toEqual(
      message.jobs.map(({ index }) => [index, request.submission.jobs[index]?.token]),
    );
  }
  expect(revocation).toMatchObject({ label: 'offboarding', requestedBy: 'tester', total: 3 });
  expect(revocation.acceptedAt).toBeDefined();
  expect(api.lines).toContainEqual(
    expect.objectContaining({ name: 'revocation.accepted', revocation: revocation.id, jobs: 3 }),
  );
});

test('makes two jobs of a pair, in one slice, and tells the worker which comes first', async () => {
  const pair = { provider: 'mollie', token: 'access_1', refreshToken: 'refresh_1', ref: 'user-1' };
  const expiresAt = '2027-01-15T08:00:00Z';
  const jobs = [
    { ...pair, expiresAt },
    { provider: 'polar', token: 'polar_at_u_1' },
  ];

  const revocation = await submit({ ...request, submission: { jobs } }, api.deps);

  expect(revocation.total).toBe(3);
  const messages = await queued();
  expect(JSON.stringify(messages)).not.toMatch(/access_1|refresh_1|polar_at_u_1/);
  const message = messages.find(({ provider }) => provider === 'mollie');
  expect(message?.jobs).toEqual([
    {
      index: 0,
      ref: 'user-1',
      fingerprint: fingerprint('access_1', sealingKeys),
      tokenType: 'access_token',
      expiresAt: 1_800_000_000,
      after: 2,
    },
    {
      index: 2,
      ref: 'user-1',
      fingerprint: fingerprint('refresh_1', sealingKeys),
      tokenType: 'refresh_token',
    },
  ]);
  if (message === undefined) throw new Error('no slice for mollie');
  expect(await open(message, message.sealed, sealingKeys)).toEqual([
    { index: 0, token: 'access_1', tokenType: 'access_token' },
    { index: 2, token: 'refresh_1', tokenType: 'refresh_token' },
  ]);
});

describe('an Idempotency-Key', () => {
  test('makes a repeated call answer the same revocation and queue nothing', async () => {
    const first = await submit(request, api.deps);
    await queued();
    expect(await submit(request, api.deps)).toEqual(first);
    expect(await queued()).toEqual([]);
  });

  test('with another body is a conflict', async () => {
    await submit(request, api.deps);
    const submission = { ...request.submission, label: 'another' };
    const problem = await problemOf(() => submit({ ...request, submission }, api.deps));
    expect(problem.code).toBe('idempotency-conflict');
    await queued();
  });

  test('of another caller is another key', async () => {
    const mine = await submit(request, api.deps);
    const theirs = await submit({ ...request, requestedBy: 'somebody else' }, api.deps);
    expect(theirs.id).not.toBe(mine.id);
    await queued();
  });

  test('is kept as a digest, and so is the body', async () => {
    await submit(request, api.deps);
    await queued();
    const items = await api.table.scan();
    const kept = JSON.stringify(items.filter(({ pk }) => String(pk).startsWith('IDEM#')));
    expect(kept).not.toContain(request.idempotencyKey);
    expect(kept).not.toMatch(/polar_at_u|access_1/);
  });

  test('that is missing makes every call a revocation of its own', async () => {
    const anonymous = { ...request, idempotencyKey: undefined };
    const [one, other] = [await submit(anonymous, api.deps), await submit(anonymous, api.deps)];
    expect(one.id).not.toBe(other.id);
    await queued();
  });

  test('used by several at once makes one revocation', async () => {
    const made = await Promise.all(Array.from({ length: 5 }, () => submit(request, api.deps)));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    // Queued more than once, perhaps, but always as the same slices: jobs are counted once.
    const slices = (await queued()).map(({ revocation, slice }) => `${revocation}/${slice}`);
    expect(new Set(slices).size).toBe(2);
  });
});

describe('a call that dies half-way', () => {
  test.each(['create', 'send', 'accept'] as const)(
    'at %s is finished by repeating it, under the same id',
    async (step) => {
      // Prepare
      await expect(submit(request, dyingAt(step))).rejects.toThrow('died');
      const before = await queued();
      const [earlier] = before;

      // Act
      const revocation = await submit(request, api.deps);

      // Assess
      expect(revocation.acceptedAt).toBeDefined();
      if (earlier !== undefined) expect(revocation.id).toBe(earlier.revocation);
      const again = await queued();
      expect(again.map(({ slice, jobs }) => [slice, jobs])).toEqual([
        [0, expect.any(Array)],
        [1, expect.any(Array)],
      ]);
      expect((await api.stores.revocations.get(revocation.id))?.total).toBe(3);
    },
  );

  test('before its answer leaves a revocation that is not accepted', async () => {
    await expect(submit(request, dyingAt('accept'))).rejects.toThrow('died');
    const [message] = await queued();
    const revocation = await api.stores.revocations.get(message?.revocation ?? '');
    expect(revocation).toMatchObject({ total: 3 });
    expect(revocation?.acceptedAt).toBeUndefined();
  });
});

test('slices that cannot be queued are a 503 to be repeated with the same key', async () => {
  // Prepare: a provider whose lane is not there yet.
  const submission = {
    jobs: [...request.submission.jobs, { provider: 'no-lane-yet', token: 'polar_at_u_3' }],
  };

  // Act
  const problem = await problemOf(() => submit({ ...request, submission }, api.deps));

  // Assess
  expect(problem).toMatchObject({ code: 'unavailable', headers: { 'retry-after': '5' } });
  expect(problem.message).toContain('Idempotency-Key');
  expect(api.lines).toContainEqual(
    expect.objectContaining({
      name: 'revocation.unqueued',
      revocation: expect.stringMatching(/^rev_/),
      fault: 'SendFault',
      cause: 'QueueDoesNotExist',
    }),
  );
  await queued();
});

test('without sealing keys nothing is written or queued', async () => {
  const before = (await api.table.scan()).length;
  const keyless = {
    ...api.deps,
    secrets: { sealingKeys: () => Promise.reject(new Error('no keys')) },
  };
  await expect(submit(request, keyless)).rejects.toThrow('no keys');
  expect(await api.table.scan()).toHaveLength(before);
  expect(await queued()).toEqual([]);
});
