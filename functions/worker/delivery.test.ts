import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Newer } from '../../shared/domain/newer.ts';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { maximumAgeSeconds } from '../../shared/queue/lane-settings.ts';
import { seal } from '../../shared/sealing/envelope.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import { sliceKey } from '../../shared/store/keys.ts';
import { startSecrets } from '../../test/support/secrets.ts';
import { sealingKeys, sealingKeysSecret, sliceOf } from '../../test/support/slices.ts';
import { sqsRecord } from '../../test/support/sqs-record.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import { triedOnce } from '../../test/support/work.ts';
import { NotOurs, openDelivery, pendingIndexes } from './delivery.ts';

const { table, client, ...restOfTable } = await startTable();
const { slices } = storesOn(table);
afterAll(() => restOfTable[Symbol.asyncDispose]());

let reads = 0;
client.middlewareStack.add(
  (next, { commandName }) => {
    if (commandName === 'GetItemCommand') reads += 1;
    return next;
  },
  { step: 'initialize' },
);
beforeEach(() => {
  reads = 0;
});
afterEach(() => void vi.useRealTimers());

async function open(message: SliceMessage | string, options: Parameters<typeof sqsRecord>[1] = {}) {
  await using setting = await startSecrets();
  return await openDelivery(sqsRecord(message, options), 'test', {
    secrets: setting.secrets,
    slices,
  });
}

/** What an earlier delivery wrote. */
const wrote = (
  message: SliceMessage,
  receives: number,
  records: readonly Partial<JobRecord>[] = [{}],
  redrives = message.redrives,
) =>
  slices.write(
    message,
    {
      receives,
      redrives,
      records: new Map(records.map((record, index) => [index, { ...triedOnce, ...record }])),
    },
    undefined,
  );

describe('a message', () => {
  test('opens to its jobs, each with a record of its own', async () => {
    const message = await sliceOf(['a', 'b']);
    const delivery = await open(message);
    expect([...delivery.jobs]).toEqual([
      [0, { token: 'a' }],
      [1, { token: 'b' }],
    ]);
    expect(delivery.message).toEqual(message);
    expect(delivery).toMatchObject({ receives: 1, shut: undefined, waitSeconds: 0 });
    expect(delivery.records.get(1)).toMatchObject({
      ref: 'ref-1',
      fingerprint: message.jobs[1]?.fingerprint,
      attempts: 0,
    });
  });

  test.each([
    ['not JSON', 'token-4711'],
    ['not a slice', '{"hello":"token-4711"}'],
    ['a damaged slice', '{"v":2,"provider":"token-4711"}'],
  ])('that is %s is not ours, and is not quoted', async (_, body) => {
    const fault = await open(body).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(NotOurs);
    expect(String(fault)).not.toContain('4711');
  });

  test('of format 1 is read as the current one, accepted when it was sent', async () => {
    const { acceptedAt: _, ...message } = await sliceOf(['a']);
    const delivery = await open(JSON.stringify({ ...message, v: 1 }), {
      sentAt: 1_800_000_000_900,
    });
    expect(delivery.message).toEqual({ ...message, acceptedAt: 1_800_000_000 });
    expect([...delivery.jobs.values()]).toEqual([{ token: 'a' }]);
  });

  test('of a newer format is told as that, and so is one whose item is', async () => {
    const message = await sliceOf(['a']);
    await expect(open(JSON.stringify({ ...message, v: 3 }))).rejects.toThrow(Newer);
    await table.put({ ...sliceKey(message), schema: 3 });
    await expect(open(message, { receives: 2 })).rejects.toThrow(Newer);
  });

  test('of another lane is not ours', async () => {
    const message = await sliceOf(['a'], { provider: 'other' });
    await expect(open(message)).rejects.toThrow('another lane');
  });
});

describe('what earlier deliveries wrote', () => {
  test('is not asked for at a first delivery, which costs no read', async () => {
    await open(await sliceOf(['a']));
    expect(reads).toBe(0);
  });

  test('is taken up by a later one', async () => {
    const message = await sliceOf(['a', 'b']);
    await wrote(message, 1, [{ outcome: 'revoked' }, { attempts: 3, reason: 'exhausted' }]);
    const delivery = await open(message, { receives: 2 });
    expect(delivery.records.get(0)).toMatchObject({ outcome: 'revoked' });
    expect(delivery.records.get(1)).toMatchObject({ attempts: 3 });
    expect(pendingIndexes(delivery)).toEqual([1]);
  });

  test('is taken up by a slice that the ledger sent', async () => {
    const message = { ...(await sliceOf(['a', 'b'])), redrives: 1 };
    await wrote(message, 9, [{ outcome: 'revoked' }, {}], 0);
    expect(pendingIndexes(await open(message))).toEqual([1]);
  });
});

describe('careful', () => {
  test.each<[string, number, number | undefined, Partial<JobRecord>, boolean]>([
    ['the first delivery', 1, undefined, {}, false],
    ['the second, when the first wrote', 2, 1, {}, false],
    ['the second, when the first wrote nothing', 2, undefined, {}, true],
    ['the third, when only the first wrote', 3, 1, {}, true],
    ['the third, when the second wrote', 3, 2, {}, false],
    ['one whose job was under way alone', 3, 2, { crashes: 1 }, true],
    ['one whose crashed job has ended since', 3, 2, { crashes: 2, outcome: 'parked' }, false],
  ])('%s', async (_, receives, wroteAt, record, careful) => {
    const message = await sliceOf(['a']);
    if (wroteAt !== undefined) await wrote(message, wroteAt, [record]);
    expect(await open(message, { receives })).toMatchObject({ careful });
  });

  test.each([
    ['the next, when all before it left the slice alone', 4, 3, false],
    ['a later one, when one has died since', 5, 3, true],
  ])('%s', async (_, receives, leftAt, careful) => {
    const message = await sliceOf(['a']);
    const record = { ...sqsRecord(message, { receives }), messageId: 'left' };
    await slices.leftAlone.note(message, { messageId: 'left', receives: leftAt });
    await using setting = await startSecrets();
    const opened = openDelivery(record, 'test', { secrets: setting.secrets, slices });
    expect(await opened).toMatchObject({ careful });
  });

  test('counts anew when the ledger has sent the slice again', async () => {
    const message = { ...(await sliceOf(['a'])), redrives: 1 };
    await wrote(message, 7, [{ crashes: 2 }], 0);
    expect(await open(message)).toMatchObject({ careful: false });
    expect(await open(message, { receives: 2 })).toMatchObject({ careful: true });
  });
});

test('is expired when SQS would soon forget it', async () => {
  const message = await sliceOf(['a']);
  const sentAt = (ageSeconds: number) => ({ sentAt: Date.now() - ageSeconds * 1000 });
  expect(await open(message, sentAt(maximumAgeSeconds - 60))).toMatchObject({ overdue: false });
  expect(await open(message, sentAt(maximumAgeSeconds + 60))).toMatchObject({ overdue: true });
});

describe('an envelope that stays shut', () => {
  test.each<[string, (message: SliceMessage) => Promise<SliceMessage>, RegExp]>([
    ['altered', async (message) => ({ ...message, sealed: `${message.sealed}A` }), /key/],
    ['of another slice', async (message) => ({ ...message, slice: 7 }), /another slice/],
    [
      'sealed by strangers',
      async (message) => ({
        ...message,
        sealed: await seal(
          message,
          [{ index: 0, token: 'a' }],
          parseSealingKeys(generateSealingKeys()),
        ),
      }),
      /not in the set/,
    ],
    [
      'that lacks a job',
      async (message) => ({
        ...message,
        sealed: await seal(message, [{ index: 5, token: 'a' }], sealingKeys),
      }),
      /lacks a job/,
    ],
  ])('is told: %s', async (_, change, why) => {
    const delivery = await open(await change(await sliceOf(['a'])));
    expect(delivery.shut).toMatchObject({ kind: 'sealed', detail: expect.stringMatching(why) });
    expect(delivery.jobs.size).toBe(0);
    expect(pendingIndexes(delivery)).toEqual([0]);
  });

  test('because its key was added since, opens with a fresh copy of the keys', async () => {
    // Prepare: the worker holds the old set; the API seals with a new key.
    vi.useFakeTimers({ toFake: ['Date'] });
    await using setting = await startSecrets();
    await setting.secrets.sealingKeys();
    const added = generateSealingKeys();
    const message = await sliceOf(['a']);
    const sealed = await seal(message, [{ index: 0, token: 'a' }], parseSealingKeys(added));
    const both = [...JSON.parse(added).keys, ...JSON.parse(sealingKeysSecret).keys];
    setting.held.set('rescind/sealing-keys', JSON.stringify({ keys: both }));
    vi.setSystemTime(Date.now() + 2000);

    // Act
    const delivery = await openDelivery(sqsRecord({ ...message, sealed }), 'test', {
      secrets: setting.secrets,
      slices,
    });

    // Assess
    expect(delivery.jobs.get(0)).toEqual({ token: 'a' });
  });

  test('because Secrets Manager is away, is no other fault', async () => {
    await using setting = await startSecrets();
    setting.fail(true);
    const record = sqsRecord(await sliceOf(['a']));
    const { shut } = await openDelivery(record, 'test', { secrets: setting.secrets, slices });
    expect(shut).toMatchObject({ kind: 'unread', detail: expect.stringContaining('sealing keys') });
  });
});

test('jobs are taken up least tried first, so that none is starved', async () => {
  const message = await sliceOf(['a', 'b', 'c']);
  await wrote(message, 1, [{ attempts: 2 }, { attempts: 0 }, { attempts: 1 }]);
  expect(pendingIndexes(await open(message, { receives: 2 }))).toEqual([1, 2, 0]);
});
