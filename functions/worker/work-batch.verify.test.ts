import { describe, expect, test } from 'vitest';
import { reopened } from '../../shared/domain/redrive.ts';
import { maximumAgeSeconds } from '../../shared/queue/lane-settings.ts';
import type { Said } from '../../test/support/provider.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';

type Found = 'dead' | 'alive' | Said;

const verifying = (found: () => Found, said: () => Said = () => 'revoked') =>
  startWorker(said, {
    verify: true,
    lookUp: found,
    retry: { maxAttempts: 3, baseSeconds: 0, maxSeconds: 0 },
  });

/** Delivers one job until its message is done with. */
async function untilDone(worker: TestWorker) {
  const message = await worker.aSlice('token-4711');
  let receives = 1;
  while ((await worker.work([message], { receives })).kept[0]) {
    receives += 1;
    if (receives > 9) throw new Error('the job does not end');
  }
  const [record] = await worker.recordsOf(message);
  return record;
}

const calls = (worker: TestWorker) => worker.calls.map(({ kind }) => kind);

test('a token that is dead afterwards is revoked, verified', async () => {
  await using worker = await verifying(() => 'dead');
  expect(await untilDone(worker)).toMatchObject({ outcome: 'revoked', evidence: 'verified' });
});

test('a token that lives on for a while is looked up again until it is dead', async () => {
  let looks = 0;
  await using worker = await verifying(() => {
    looks += 1;
    return looks < 3 ? 'alive' : 'dead';
  });
  expect(await untilDone(worker)).toMatchObject({
    outcome: 'revoked',
    evidence: 'verified',
    attempts: 3,
  });
  expect(calls(worker)).toEqual(['revoke', 'look up', 'look up', 'revoke', 'look up']);
});

test('a token that lives on is parked, whatever its provider says', async () => {
  await using worker = await verifying(() => 'alive');
  const record = await untilDone(worker);
  expect(record).toMatchObject({
    outcome: 'parked',
    reason: 'exhausted',
    detail: 'the token is still alive',
    foundAlive: true,
  });
  expect(record?.evidence).toBeUndefined();
});

test('a parked one that is sent again is looked up before anything else', async () => {
  let found: Found = 'alive';
  await using worker = await verifying(() => found);
  const message = await worker.aSlice('token-4711');
  for (const receives of [1, 2, 3]) await worker.work([message], { receives });
  expect(await worker.recordsOf(message)).toMatchObject([{ outcome: 'parked' }]);
  worker.calls.length = 0;
  found = 'dead';
  const { slices } = worker.deps.stores;
  await slices.amend(message, (state) => ({
    redrives: 1,
    receives: 0,
    records: new Map(
      [...(state?.records ?? [])].map(([index, record]) => [index, reopened(record, 1, record.at)]),
    ),
  }));

  await worker.work([{ ...message, redrives: 1 }]);

  expect(calls(worker)).toEqual(['look up']);
  expect(await worker.recordsOf(message)).toMatchObject([
    { outcome: 'revoked', evidence: 'verified' },
  ]);
});

test.each<[string, Said]>([
  ['refused', 'refused'],
  ['unknown', 'ambiguous'],
])('so is one that its provider then calls %s', async (_, then) => {
  let revocations = 0;
  await using worker = await verifying(
    () => 'alive',
    () => {
      revocations += 1;
      return revocations === 1 ? 'revoked' : then;
    },
  );
  expect(await untilDone(worker)).toMatchObject({ outcome: 'parked', reason: 'exhausted' });
});

describe('a look-up that cannot be made', () => {
  test('costs no accepted revocation: it is made once, and counts when the tries end', async () => {
    await using worker = await verifying(() => 'unavailable');
    expect(await untilDone(worker)).toMatchObject({
      outcome: 'revoked',
      evidence: 'accepted',
      detail: 'not verified: unavailable',
      attempts: 3,
      httpStatus: 299,
    });
    expect(calls(worker)).toEqual(['revoke', 'look up', 'look up', 'look up']);
  });

  test('nor when its message has grown too old', async () => {
    await using worker = await verifying(() => 'unavailable');
    const message = await worker.aSlice('token-4711');
    expect((await worker.work([message])).kept).toEqual([true]);
    const sentAt = Date.now() - (maximumAgeSeconds + 60) * 1000;
    expect((await worker.work([message], { receives: 2, sentAt })).kept).toEqual([false]);
    expect(await worker.recordsOf(message)).toMatchObject([
      { outcome: 'revoked', evidence: 'accepted', detail: 'not verified: unavailable' },
    ]);
  });

  test('lets no word stand once the token was found alive', async () => {
    let looks = 0;
    await using worker = await verifying(() => {
      looks += 1;
      return looks === 1 ? 'alive' : 'unavailable';
    });
    expect(await untilDone(worker)).toMatchObject({ outcome: 'parked', reason: 'exhausted' });
  });
});
