import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { newRevocationId } from '../../../shared/domain/revocation.ts';
import type { SliceMessage } from '../../../shared/domain/slice.ts';
import { withFields } from '../../../shared/log/logger.ts';
import { type Lanes, SendFault } from '../../../shared/queue/lanes.ts';
import { ledgerKey } from '../../../shared/store/keys.ts';
import { stateOf } from '../../../shared/store/ledger-entry.ts';
import { callApi, startApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { deadLetter, listOf } from '../contract/answers.ts';
import { type RedriveRequest, redriveAnswer } from '../contract/dead-letters.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { redriveParked } from './post-redrive.ts';

const api = await startApi();
afterAll(() => api[Symbol.asyncDispose]());

const path = '/v1/dead-letters/redrive';
const post = (body: unknown) => api.expectAnswer(redriveAnswer, { method: 'POST', path, body });
const problem = (body: unknown) => api.expectProblem({ method: 'POST', path, body });

const refused = { outcome: 'parked', reason: 'refused' } as const;
const exhausted = { outcome: 'parked', reason: 'exhausted' } as const;

/** A revocation with a slice of four jobs each at two providers, half of them parked for each reason. */
async function park(revocation = newRevocationId()): Promise<SliceMessage[]> {
  await api.stores.revocations.create({
    id: revocation,
    requestedBy: 'tester',
    createdAt: new Date().toISOString(),
    total: 8,
  });
  const slices: SliceMessage[] = [];
  for (const [slice, provider] of ['polar', 'mollie'].entries()) {
    const message = await sliceOf(['a', 'b', 'c', 'd'], { revocation, provider });
    const jobs = message.jobs.map((job) => ({ ...job, index: job.index + 4 * slice }));
    slices.push({ ...message, slice, jobs });
    await recordWork({ ...message, slice, jobs }, api.stores, refused, exhausted);
  }
  return slices;
}

const idsOf = ({ revocation, jobs }: SliceMessage) =>
  jobs.map(({ index }) => `${revocation}/0/${index}`);

const body = z.object({
  revocation: z.string(),
  redrives: z.number(),
  jobs: z.array(z.object({ index: z.number() })),
});

/** Revocation, number and jobs of every message on a lane. */
const onLane = async (provider: string) =>
  (await api.queues.receive(provider)).map(({ Body = '' }) => {
    const { revocation, redrives, jobs } = body.parse(JSON.parse(Body));
    return { revocation, redrives, jobs: jobs.map(({ index }) => index) };
  });

/** Everything parked so far is out of the way. */
beforeEach(async () => {
  for (const provider of ['polar', 'mollie']) {
    await post({ provider });
    await api.queues.receive(provider);
  }
});

describe('what is sent', () => {
  test.each([
    ['a revocation', {}, { polar: [0, 1, 2, 3], mollie: [4, 5, 6, 7] }],
    ['a provider of a revocation', { provider: 'polar' }, { polar: [0, 1, 2, 3], mollie: [] }],
    ['a reason of a revocation', { reason: 'exhausted' }, { polar: [1, 3], mollie: [5, 7] }],
  ])('is what fits every filter: %s', async (_, filter, expected) => {
    const [{ revocation } = { revocation: '' }] = await park();
    await park();
    const count = Object.values(expected).flat().length;
    expect(await post({ revocation, dryRun: true, ...filter })).toMatchObject({
      dryRun: true,
      count,
    });
    expect(await post({ revocation, ...filter })).toEqual({ count });
    for (const [provider, jobs] of Object.entries(expected)) {
      expect(await onLane(provider)).toEqual(
        jobs.length === 0 ? [] : [{ revocation, redrives: 1, jobs }],
      );
    }
    // Once: nothing of it is parked any more.
    expect(await post({ revocation, ...filter })).toEqual({ count: 0 });
  });

  test('is all of a provider, however many slices that is', async () => {
    for (let nth = 0; nth < 12; nth += 1) await park();
    expect(await post({ provider: 'polar' })).toEqual({ count: 48 });
    expect(await onLane('polar')).toHaveLength(12);
    expect(await onLane('mollie')).toEqual([]);
  });

  test('is what the ids name, and of the rest it is told that they are not parked', async () => {
    const [polar, mollie] = await park();
    if (polar === undefined || mollie === undefined) throw new Error('there are two');
    const [first = '', second = ''] = idsOf(polar);
    const [other = ''] = idsOf(mollie);
    expect(await post({ ids: [first, other, first] })).toEqual({ count: 2 });
    expect(await post({ ids: [first, second] })).toEqual({ count: 1, skipped: [first] });
    expect(await post({ ids: [other], provider: 'polar' })).toEqual({ count: 0, skipped: [other] });
    expect((await onLane('polar')).map(({ jobs }) => jobs)).toEqual([[0], [1]]);
  });

  test('is nothing on a dry run, which counts by reason and provider', async () => {
    const [{ revocation } = { revocation: '' }] = await park();
    expect(await post({ dryRun: true })).toEqual({
      dryRun: true,
      count: 8,
      reasons: { refused: 4, exhausted: 4 },
      providers: { polar: 4, mollie: 4 },
    });
    expect(await post({ revocation })).toEqual({ count: 8 });
  });

  test('stands in no list of what is parked any more, nor in what is counted', async () => {
    const [{ revocation } = { revocation: '' }] = await park();
    await post({ revocation });
    expect(await api.expectAnswer(listOf(deadLetter), { path: '/v1/dead-letters' })).toEqual({
      items: [],
    });
    expect(await api.stores.revocations.get(revocation)).toMatchObject({ ended: { parked: 0 } });
    expect(await api.stores.ledger.count('polar', 1)).toEqual({ parked: 0, exact: true });
  });
});

describe('with a rate', () => {
  test('as many are sent as start within a quarter of an hour, and the rest when asked again', async () => {
    for (let nth = 0; nth < 30; nth += 1) await park();
    // 90 of the 120: the last slice of the call is cut.
    expect(await post({ provider: 'polar', rate: 0.1 })).toEqual({
      count: 90,
      more: true,
      cursor: expect.any(String),
    });
    expect(await post({ provider: 'polar', rate: 0.1 })).toEqual({ count: 30 });
  });

  test('both of a pair are sent, or neither', async () => {
    // Prepare: three slices of 25, and there is room for 15 jobs of the fourth, which has 12 pairs.
    const revocation = newRevocationId();
    const tokens = Array.from({ length: 25 }, (_, n) => `token-${n}`);
    for (const slice of [0, 1, 2]) {
      const message = await sliceOf(tokens, { revocation, provider: 'polar' });
      await recordWork({ ...message, slice }, api.stores, refused);
    }
    const message = await sliceOf(tokens.slice(1), { revocation, provider: 'polar' });
    const jobs = message.jobs.map((job) =>
      job.index < 12 ? { ...job, after: job.index + 12 } : job,
    );
    const ofPairs = { ...message, slice: 3, jobs };
    await recordWork(ofPairs, api.stores, refused);

    // Act
    const answer = await post({ revocation, rate: 0.1 });

    // Assess
    expect(answer).toMatchObject({ count: 89, more: true });
    const sent = new Set(
      (await api.stores.ledger.amend(ofPairs, () => undefined))?.jobs
        .filter((job) => stateOf(job) === 'queued')
        .map(({ index }) => index),
    );
    expect(sent.size).toBe(14);
    for (let access = 0; access < 12; access += 1) {
      expect(sent.has(access)).toBe(sent.has(access + 12));
    }
    expect(await post({ revocation, rate: 0.1 })).toEqual({ count: 10 });
  });

  test('all but the first slice wait for their turn', async () => {
    const slices: SliceMessage[] = [];
    for (let nth = 0; nth < 3; nth += 1) slices.push(...(await park()));
    // The next slice starts after 40 s, however slow the machine is.
    expect(await post({ provider: 'polar', rate: 0.1 })).toEqual({ count: 12 });
    const own = new Set(slices.map(({ revocation }) => revocation));
    const now = (await onLane('polar')).filter(({ revocation }) => own.has(revocation));
    expect(now).toHaveLength(1);
  });
});

describe('what cannot be done', () => {
  test('in time is left for the next call', async () => {
    const [{ revocation } = { revocation: '' }] = await park();
    const deps = { ...api.deps, log: withFields(api.deps.log, { requestId: 'request-1' }) };
    const until = (deadline: number) => redriveParked({ revocation }, deps, deadline);
    expect(await until(Date.now() - 1)).toEqual({ count: 0, more: true });
    expect(await until(Date.now() + 20_000)).toEqual({ count: 8 });
  });

  test('for want of a queue is told', async () => {
    const [{ revocation } = { revocation: '' }] = await park();
    const lanes: Lanes = { send: (unsent) => Promise.reject(new SendFault('no queue', unsent)) };
    const call = { method: 'POST', path, body: { revocation } };
    const { statusCode, headers } = await callApi({ ...api.deps, lanes }, call);
    expect([statusCode, headers?.['retry-after']]).toEqual([503, '5']);
    expect(await post({ revocation })).toEqual({ count: 8 });
  });

  test('with one slice does not keep the others', async () => {
    const [first, second] = await park();
    if (first === undefined || second === undefined) throw new Error('there are two');
    const { table } = api.table;
    await table.put({ ...(await table.get(ledgerKey(first))), ...ledgerKey(first), schema: 9 });
    const { revocation } = first;
    expect(await post({ revocation })).toEqual({ count: 4, more: true });
    expect(await problem({ revocation })).toMatchObject({ status: 503 });
    expect(api.lines).toContainEqual(expect.objectContaining({ name: 'dead-letters.unsent' }));
    await table.put({ ...(await table.get(ledgerKey(first))), ...ledgerKey(first), schema: 2 });
  });
});

test.each([
  [{}, ''],
  [{ rate: 5 }, ''],
  [{ provider: 'nobody' }, '/provider'],
  [{ provider: 'No Body' }, '/provider'],
  [{ revocation: 'rev_1' }, '/revocation'],
  [{ reason: 'tired' }, '/reason'],
  [{ ids: [] }, '/ids'],
  [{ ids: [`rev_${'0'.repeat(40)}/0/1`, 'secret-4711'] }, '/ids/1'],
  [{ ids: [`rev_${'0'.repeat(40)}/0/1`] }, '/ids/0'],
  [{ ids: Array.from({ length: 501 }, () => `rev_${'0'.repeat(40)}/0/1`) }, '/ids'],
  [{ provider: 'polar', rate: 0 }, '/rate'],
  [{ provider: 'polar', token: 'secret-4711' }, ''],
  ['text', ''],
])('422 for %j', async (given, pointer) => {
  const answer = await problem(given);
  expect(answer).toMatchObject({ status: 422, errors: [{ pointer }] });
  expect(JSON.stringify(answer)).not.toContain('4711');
});

describe('a cursor', () => {
  /** Four of a slice's jobs start within the longest delay at this rate, and eight of two slices'. */
  const body = { provider: 'polar', rate: 8 / 900 } as const;
  const call = (request: RedriveRequest, change: Partial<ApiDependencies> = {}) => {
    const log = withFields(api.deps.log, { requestId: 'request-1' });
    return redriveParked(request, { ...api.deps, log, ...change }, Date.now() + 20_000);
  };

  test('goes on behind what was dealt with', async () => {
    for (let nth = 0; nth < 3; nth += 1) await park();
    const first = await call(body);
    expect(first).toEqual({ count: 8, more: true, cursor: expect.any(String) });
    const second = await call({ ...body, cursor: first.cursor });
    expect(second).toEqual({ count: 4 });
    // From the beginning nothing is left, either.
    expect(await call(body)).toEqual({ count: 0 });
  });

  test('lets a dry run that takes long be counted up', async () => {
    for (let nth = 0; nth < 3; nth += 1) await park();
    let read = 0;
    const walk: typeof api.deps.ledger.walk = async function* (...given) {
      for await (const page of api.deps.ledger.walk(...given)) {
        for (const entry of page) {
          // The second slice of each call comes too late.
          read += 1;
          if (read % 2 === 0) vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
          yield [entry];
        }
      }
    };
    const deps = { ...api.deps, ledger: { ...api.deps.ledger, walk } };
    const counts: number[] = [];
    let cursor: string | undefined;
    do {
      const request = { provider: 'polar', dryRun: true, ...(cursor && { cursor }) };
      const answer = await redriveParked(request, deps, Date.now() + 20_000);
      vi.useRealTimers();
      counts.push(answer.count);
      expect(answer.more).toBe(answer.cursor === undefined ? undefined : true);
      cursor = answer.cursor;
    } while (cursor !== undefined);
    expect(counts.length).toBeGreaterThan(2);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
  });

  test('remembers that something was left behind', async () => {
    // Prepare: the first of three slices cannot be sent, and the call ends before the last.
    const slices: SliceMessage[] = [];
    for (let nth = 0; nth < 3; nth += 1) {
      const [polar] = await park();
      if (polar !== undefined) slices.push(polar);
    }
    const refused = slices[0]?.revocation;
    const lanes: Lanes = {
      send: async (messages, delayOf) => {
        const unsent = messages.filter(({ revocation }) => revocation === refused);
        await api.deps.lanes.send(
          messages.filter((message) => !unsent.includes(message)),
          delayOf,
        );
        if (unsent.length > 0) throw new SendFault('no queue', unsent);
      },
    };

    // Act
    const first = await call(body, { lanes });
    const second = await call({ ...body, cursor: first.cursor }, { lanes });

    // Assess
    expect(first).toMatchObject({ count: 4, more: true, cursor: expect.any(String) });
    expect(second).toEqual({ count: 4, more: true });
    expect(await post({ provider: 'polar' })).toEqual({ count: 4 });
  });

  test.each([
    ['is of other filters', { provider: 'mollie' }],
    ['is of a revocation', { revocation: newRevocationId() }],
  ])('is refused that %s', async (_, filter) => {
    for (let nth = 0; nth < 3; nth += 1) await park();
    const { cursor } = await call(body);
    expect(await problem({ ...filter, cursor })).toMatchObject({ status: 400 });
  });

  test('is refused that comes with ids, or is none', async () => {
    const [polar] = await park();
    const ids = polar && idsOf(polar);
    expect(await problem({ ids, cursor: 'x' })).toMatchObject({
      status: 422,
      errors: [{ pointer: '/cursor' }],
    });
    expect(await problem({ provider: 'polar', cursor: 'x' })).toMatchObject({ status: 400 });
  });
});

test('422 lists every id of which there is no job, and then nothing is done', async () => {
  const [polar] = await park();
  if (polar === undefined) throw new Error('there are two');
  const [known = ''] = idsOf(polar);
  const ids = [`${polar.revocation}/0/8`, known, `${polar.revocation}/1/0`];
  expect(await problem({ ids })).toMatchObject({
    status: 422,
    errors: [{ pointer: '/ids/0' }, { pointer: '/ids/2' }],
  });
  // What other tests have sent with a delay may come at any time.
  const own = (await onLane('polar')).filter(({ revocation }) => revocation === polar.revocation);
  expect(own).toEqual([]);
});
