import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPace } from '../../../shared/pace/pace.ts';
import { startApi, type TestApi } from '../../../test/support/api.ts';
import { sliceOf } from '../../../test/support/slices.ts';
import { recordWork } from '../../../test/support/work.ts';
import { listOf, provider } from '../contract/answers.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(async () => {
  vi.useRealTimers();
  await api[Symbol.asyncDispose]();
});

const list = async () =>
  (await api.expectAnswer(listOf(provider), { path: '/v1/providers' })).items;

test('tells of each provider what it is and can do', async () => {
  const rows = await list();
  expect(rows.map(({ id }) => id)).toEqual(['polar', 'nylas', 'mollie']);
  expect(rows[0]).toMatchObject({
    kind: 'polar',
    baseUrl: 'https://api.polar.sh',
    rate: { requestsPerSecond: 8, burst: 1 },
    maxConcurrency: 5,
    capabilities: { verification: 'introspection', tokenTypes: { access_token: 'pair' } },
    health: { state: 'open', parked: 0, parkedIsExact: true },
  });
});

test('tells why and until when a lane stands still, and afterwards what the last error was', async () => {
  // Prepare
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  const pace = createPace(api.table.table, 'polar', undefined);
  await pace.pause(Date.now() + 60_000, 'misconfigured', 'http 401 invalid_client');

  // Act, Assess
  const [paused, other] = await list();
  expect(paused?.health).toMatchObject({
    state: 'paused',
    reason: 'misconfigured',
    pausedUntil: '2027-01-15T08:01:00.000Z',
    lastError: 'http 401 invalid_client',
    lastErrorAt: '2027-01-15T08:00:00.000Z',
  });
  expect(other?.health).toMatchObject({ state: 'open' });

  vi.setSystemTime(Date.now() + 60_000);
  const [open] = await list();
  expect(open?.health).toMatchObject({ state: 'open', lastError: 'http 401 invalid_client' });
  expect(open?.health).not.toHaveProperty('pausedUntil');
});

test('tells the rate that 429s have taught, as long as it is below the configured one', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_800_000_000_000 });
  const [polar, nylas] = ['polar', 'nylas'].map((id) => createPace(api.table.table, id, undefined));
  await polar?.pause(Date.now() + 1000, 'throttled', 'http 429', { measuredRate: 10 });
  await nylas?.pause(Date.now() + 1000, 'throttled', 'http 429', { measuredRate: 10 });
  const learnt = async () => (await list()).map(({ health }) => health.learnedRate);
  expect(await learnt()).toEqual([5, 5, undefined]);
  vi.setSystemTime(Date.now() + 31_000);
  // Polar is configured to take eight.
  expect(await learnt()).toEqual([undefined, 10, undefined]);
});

test('counts what is parked', async () => {
  const message = await sliceOf(['a', 'b', 'c'], { provider: 'mollie' });
  await recordWork(message, api.stores, { outcome: 'parked' }, { outcome: 'parked' }, {});
  const rows = await list();
  expect(rows.map(({ health }) => health.parked)).toEqual([0, 0, 2]);
});
