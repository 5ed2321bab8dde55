import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sliceMessage } from '../../shared/domain/slice.ts';
import { open as openSealed } from '../../shared/sealing/envelope.ts';
import { withAllParts } from '../../shared/store/count-parts.ts';
import { createParts } from '../../shared/store/parts.ts';
import { createRevocations } from '../../shared/store/revocations.ts';
import type { Table } from '../../shared/store/table.ts';
import { startApi, type TestApi } from '../../test/support/api.ts';
import { interrupted } from '../../test/support/interrupted.ts';
import { mapTable, mortality } from '../../test/support/ledger-world.ts';
import { problemOf } from '../../test/support/problems.ts';
import { sealingKeys } from '../../test/support/slices.ts';
import { retentionDays } from '../../test/support/stores.ts';
import { closeRevocation } from './close-revocation.ts';
import type { SubmittedJob } from './contract/submission.ts';
import type { ApiDependencies } from './dependencies.ts';
import { submit } from './submit.ts';
import { takePart } from './take-part.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api[Symbol.asyncDispose]());

const jobs: SubmittedJob[] = [
  { provider: 'polar', token: 'polar_at_u_1', ref: 'user-1' },
  { provider: 'mollie', token: 'access_1', refreshToken: 'refresh_1' },
];
let id: string;
beforeEach(async () => {
  await queued();
  const submission = { open: true, jobs: [] };
  const request = { submission, requestedBy: 'tester', idempotencyKey: undefined };
  ({ id } = await submit(request, api.deps));
});

const current = async () => {
  const revocation = await api.deps.revocations.get(id);
  if (revocation === undefined) throw new Error('the revocation is gone');
  return revocation;
};
const take = async (number: number, given = jobs, deps: ApiDependencies = api.deps) =>
  takePart({ revocation: await current(), number, jobs: given }, deps);
const close = async (count?: number, deps: ApiDependencies = api.deps) =>
  closeRevocation(await current(), count, deps);

/** What stands on the lanes, which it takes off them. */
async function queued() {
  const received = await Promise.all(['polar', 'mollie'].map(api.queues.receive));
  return received.flat().map(({ Body = '' }) => sliceMessage.parse(JSON.parse(Body)));
}

const depsOn = (table: Table): ApiDependencies => ({
  ...api.deps,
  revocations: createRevocations(table, retentionDays),
  parts: createParts(table, retentionDays),
});

test('queues the jobs of a part sealed, under its number, and counts them', async () => {
  expect(await take(7)).toBe(3);

  const messages = await queued();
  expect(messages.map(({ provider, part, jobs: own }) => [provider, part, own.length])).toEqual([
    ['polar', 7, 1],
    ['mollie', 7, 2],
  ]);
  expect(JSON.stringify(messages)).not.toMatch(/polar_at_u|access_1|refresh_1/);
  for (const message of messages) {
    const opened = await openSealed(message, message.sealed, sealingKeys);
    expect(opened.map(({ index }) => index)).toEqual(message.jobs.map(({ index }) => index));
  }
  expect(await withAllParts(await current(), api.deps)).toMatchObject({ total: 3 });
  expect(api.lines).toContainEqual(
    expect.objectContaining({ name: 'part.accepted', revocation: id, part: 7, jobs: 3, slices: 2 }),
  );
  const items = JSON.stringify(await api.table.scan());
  expect(items).not.toMatch(/polar_at_u_1|access_1|refresh_1/);
});

describe('a part that comes again', () => {
  test('with the same body is answered alike and sends nothing, closed or not', async () => {
    await take(1);
    await queued();
    expect(await take(1)).toBe(3);
    await close();
    expect(await take(1)).toBe(3);
    expect(await queued()).toEqual([]);
  });

  test('with another body is a conflict, closed or not', async () => {
    await take(1);
    const other = () => take(1, jobs.slice(1));
    expect((await problemOf(other)).code).toBe('conflict');
    await close();
    expect((await problemOf(other)).code).toBe('conflict');
    expect((await current()).parts?.numbers).toEqual(new Set([1]));
  });

  test('at the same time is taken once, as far as counts go', async () => {
    await Promise.all([take(1), take(1), take(1)]);
    const slices = (await queued()).map(({ part, slice }) => `${part}/${slice}`);
    expect(new Set(slices)).toEqual(new Set(['1/0', '1/1']));
    expect(await withAllParts(await current(), api.deps)).toMatchObject({ total: 3 });
  });
});

test('a revocation that is closed, or was never open, takes no new part', async () => {
  await close();
  const problem = await problemOf(() => take(1));
  expect(problem).toMatchObject({ code: 'conflict', message: expect.stringContaining('closed') });

  const submission = { jobs };
  const request = { submission, requestedBy: 'tester', idempotencyKey: undefined };
  ({ id } = await submit(request, api.deps));
  await queued();
  const unopened = await problemOf(() => take(1));
  expect(unopened).toMatchObject({ code: 'conflict', message: expect.stringContaining('"open"') });
  expect((await problemOf(() => close())).code).toBe('conflict');
  expect(await queued()).toEqual([]);
});

test('a part more than a revocation may have is refused', async () => {
  const revocation = await current();
  const numbers = new Set(Array.from({ length: 10_000 }, (_, index) => index + 1));
  const full = { ...revocation, parts: { numbers, complete: new Set<number>() } };
  const request = { revocation: full, number: 10_001, jobs };
  const problem = await problemOf(() => takePart(request, api.deps));
  expect(problem).toMatchObject({ code: 'conflict', message: expect.stringContaining('10000') });
  expect(await queued()).toEqual([]);
});

test('slices that cannot be queued are a 503 to be repeated with the same number', async () => {
  const lost = [...jobs, { provider: 'no-lane-yet', token: 'polar_at_u_3' }];
  const problem = await problemOf(() => take(1, lost));
  expect(problem).toMatchObject({
    code: 'unavailable',
    headers: { 'retry-after': '5' },
    message: expect.stringContaining('same part number'),
  });
  const closing = await problemOf(() => close());
  expect(closing).toMatchObject({ code: 'conflict', message: expect.stringMatching(/taken: 1\./) });
});

describe('closing', () => {
  test('waits for the request that opened it, of which jobs may be queued nowhere', async () => {
    const submission = { open: true, jobs: [...jobs, { provider: 'no-lane-yet', token: 'x' }] };
    const request = { submission, requestedBy: 'tester', idempotencyKey: undefined };
    await problemOf(() => submit(request, api.deps));
    const [message] = await queued();
    id = message?.revocation ?? '';
    expect((await problemOf(() => close())).message).toMatch(/taken: 0\. .*Idempotency-Key/);
    await api.deps.revocations.accept(id, '2026-01-01T00:00:00.000Z');
    expect(await close()).toMatchObject({ total: 4 });
  });

  test('tells of parts that are missing, by the count', async () => {
    await take(2);
    expect((await problemOf(() => close(5))).message).toContain('1, 3, 4.');
    expect((await problemOf(() => close(100))).message).toMatch(/1, 3, .*, 21 and 78 more\./);
    expect((await current()).parts?.closedAt).toBeUndefined();
    await Promise.all([take(1), take(3)]);
    expect((await close(4))?.parts?.closedAt).toBeDefined();
  });

  test('tells of parts beyond the count', async () => {
    await take(1);
    await take(5);
    expect((await problemOf(() => close(2))).message).toMatch(/beyond the 2 .*: 5\./);
    expect(await close()).toMatchObject({ total: 6 });
  });

  test('may be repeated, with the same count', async () => {
    await take(1);
    const first = await close(2);
    expect(await close(2)).toEqual(first);
    expect(await close()).toEqual(first);
    expect((await problemOf(() => close(3))).message).toContain('missing');
  });
});

/** More requests than either makes. */
const requests = [1, 2, 3, 4, 5, 6];

describe('a part and the close at the same time', () => {
  /** Nothing is queued that the revocation does not wait for, and nothing that was queued is lost. */
  async function expectWhole(): Promise<void> {
    const { parts } = await current();
    const sent = new Set((await queued()).map(({ part }) => part));
    const known = (await Array.fromAsync(api.deps.parts.walk(id))).flat();
    if (parts?.closedAt === undefined) return;
    expect([...sent].every((part) => parts.numbers.has(part))).toBe(true);
    for (const number of parts.numbers) {
      expect(known.find((part) => part.number === number)?.acceptedAt).toBeDefined();
    }
  }

  test.each(requests)('are one before the other (part at %i of the close)', async (nth) => {
    const put = () => take(1).catch(() => undefined);
    await close(undefined, depsOn(interrupted(api.table.table, nth, put))).catch(() => undefined);
    await expectWhole();
  });

  test.each(requests)('are one before the other (close at %i of the part)', async (nth) => {
    const closing = () => close().catch(() => undefined);
    await take(1, jobs, depsOn(interrupted(api.table.table, nth, closing))).catch(() => undefined);
    await expectWhole();
  });
});

describe('a part whose intake dies', () => {
  const deaths = requests.flatMap((nth) => [[nth, false] as const, [nth, true] as const]);
  test.each(deaths)('at request %i, done: %s, is finished by repeating it', async (nth, after) => {
    const { mortal } = mortality({ request: nth, after });
    const table = mapTable(api.table.table, (each) => mortal(each, async () => {}));
    await take(1, jobs, depsOn(table)).catch(() => undefined);
    const { numbers } = (await current()).parts ?? {};
    const [known] = (await Array.fromAsync(api.deps.parts.walk(id))).flat();
    if (numbers?.size === 1 && known?.acceptedAt === undefined) {
      expect((await problemOf(() => close())).code).toBe('conflict');
    }

    expect(await take(1)).toBe(3);

    const slices = (await queued()).map(({ slice }) => slice);
    expect(new Set(slices)).toEqual(new Set([0, 1]));
    expect(await close(2)).toMatchObject({ total: 3 });
  });
});
