import { afterAll, describe, expect, test } from 'vitest';
import type { JobRecord } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import { gateFor, openGate } from '../../test/support/gate.ts';
import { startSecrets } from '../../test/support/secrets.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { sqsRecord } from '../../test/support/sqs-record.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import { workCarefully } from './careful.ts';
import { openDelivery } from './delivery.ts';
import type { Gate } from './gate.ts';

const { table, ...restOfTable } = await startTable();
const setting = await startSecrets();
const stores = storesOn(table);
afterAll(async () => {
  await restOfTable[Symbol.asyncDispose]();
  await setting[Symbol.asyncDispose]();
});

/** What a killed worker leaves: no write after the one before its death. */
class Death extends Error {}

interface Conditions {
  /** Tokens whose call kills the worker. */
  readonly deadly?: readonly string[];
  readonly gate?: Pick<Gate, 'enter'>;
  /** What becomes of a job that is tried; revoked, unless told. */
  readonly outcome?: JobRecord['outcome'];
}

/** One delivery done carefully, written down at its end unless it died. Answers what was tried. */
async function deliver(
  message: SliceMessage,
  receives: number,
  { deadly = [], gate = openGate, ...rest }: Conditions = {},
): Promise<{ tried: string[]; died: boolean }> {
  const delivery = await openDelivery(sqsRecord(message, { receives }), 'test', {
    secrets: setting.secrets,
    slices: stores.slices,
  });
  const tried: string[] = [];
  const outcome = 'outcome' in rest ? rest.outcome : 'revoked';
  const attempt = async (index: number) => {
    const token = delivery.jobs.get(index)?.token ?? '';
    tried.push(token);
    if (deadly.includes(token)) throw new Death();
    const { ref, fingerprint, attempts = 0 } = delivery.records.get(index) ?? {};
    delivery.records.set(index, {
      ref,
      fingerprint: fingerprint ?? '',
      attempts: attempts + 1,
      at: 1_800_000_000,
      outcome,
    });
  };
  try {
    await workCarefully(delivery, gate, { stores }, attempt);
  } catch (error) {
    if (error instanceof Death) return { tried, died: true };
    throw error;
  }
  await writeDown(delivery, stores);
  return { tried, died: false };
}

/** Outcomes by ref, as the table has them. */
async function outcomesOf(message: SliceMessage) {
  const state = await stores.slices.read(message);
  return [...(state?.records.values() ?? [])].map(({ outcome, reason, crashes }) =>
    outcome === undefined
      ? `queued${crashes === undefined ? '' : `, ${crashes} crashes`}`
      : (reason ?? outcome),
  );
}

describe('one job at a time', () => {
  test('writes who is under way before each call, and what came of it after', async () => {
    // Prepare: look into the table during each call.
    const message = await sliceOf(['a', 'b', 'c']);
    const seen: string[][] = [];
    const delivery = await openDelivery(sqsRecord(message, { receives: 2 }), 'test', {
      secrets: setting.secrets,
      slices: stores.slices,
    });

    // Act
    await workCarefully(delivery, openGate, { stores }, async (index) => {
      seen.push(await outcomesOf(message));
      const { fingerprint = '' } = delivery.records.get(index) ?? {};
      delivery.records.set(index, { fingerprint, attempts: 1, at: 1, outcome: 'revoked' });
    });

    // Assess
    expect(seen).toEqual([
      ['queued, 1 crashes', 'queued', 'queued'],
      ['revoked', 'queued, 1 crashes', 'queued'],
      ['revoked', 'revoked', 'queued, 1 crashes'],
    ]);
  });

  test('a worker that lives holds nothing against any job', async () => {
    const message = await sliceOf(['a', 'b']);
    await deliver(message, 2, { outcome: undefined });
    expect(await outcomesOf(message)).toEqual(['queued', 'queued']);
  });
});

describe('a job that kills its worker', () => {
  test('is done after its neighbours the next time, and parked when it has killed twice', async () => {
    const message = await sliceOf(['a', 'deadly', 'c']);
    const deadly = ['deadly'];
    expect(await deliver(message, 2, { deadly })).toEqual({ tried: ['a', 'deadly'], died: true });
    expect(await deliver(message, 3, { deadly })).toEqual({ tried: ['c', 'deadly'], died: true });
    expect(await deliver(message, 4, { deadly })).toEqual({ tried: [], died: false });
    expect(await outcomesOf(message)).toEqual(['revoked', 'crashed', 'revoked']);
  });

  test('does not shield another one: each is parked for itself, and no neighbour with them', async () => {
    const message = await sliceOf(['deadly-1', 'deadly-2', 'c', 'deadly-3', 'e']);
    const deadly = ['deadly-1', 'deadly-2', 'deadly-3'];
    let receives = 2;
    while ((await deliver(message, receives, { deadly })).died) receives += 1;
    expect(receives).toBeLessThanOrEqual(8);
    expect(await outcomesOf(message)).toEqual([
      'crashed',
      'crashed',
      'revoked',
      'crashed',
      'revoked',
    ]);
  });

  test('once, and then no more, is revoked like any other', async () => {
    const message = await sliceOf(['a', 'unlucky']);
    await deliver(message, 2, { deadly: ['unlucky'] });
    expect(await outcomesOf(message)).toEqual(['revoked', 'queued, 1 crashes']);
    await deliver(message, 3);
    expect(await outcomesOf(message)).toEqual(['revoked', 'revoked']);
  });

  test('stays known while the lane stands still', async () => {
    const message = await sliceOf(['a', 'deadly']);
    await deliver(message, 2, { deadly: ['deadly'] });
    expect(await deliver(message, 3, { gate: gateFor(0) })).toEqual({ tried: [], died: false });
    expect(await outcomesOf(message)).toEqual(['revoked', 'queued, 1 crashes']);
  });
});

test('stops when the slots end, with nothing held against who was not tried', async () => {
  const message = await sliceOf(['a', 'b', 'c']);
  expect(await deliver(message, 2, { gate: gateFor(2) })).toEqual({
    tried: ['a', 'b'],
    died: false,
  });
  expect(await outcomesOf(message)).toEqual(['revoked', 'revoked', 'queued']);
});

test('a mark that cannot be written means that nobody is called', async () => {
  // Prepare
  const message = await sliceOf(['a']);
  const delivery = await openDelivery(sqsRecord(message, { receives: 2 }), 'test', {
    secrets: setting.secrets,
    slices: stores.slices,
  });
  const write = async () => {
    throw new Error('DynamoDB is away');
  };
  const failing = { ...stores, slices: { ...stores.slices, write } };
  const tried: number[] = [];

  // Act
  const working = workCarefully(
    delivery,
    openGate,
    { stores: failing },
    async (index) => void tried.push(index),
  );

  // Assess
  await expect(working).rejects.toThrow('DynamoDB is away');
  expect(tried).toEqual([]);
  expect(delivery.records.get(0)?.crashes).toBeUndefined();
});

test('a job that another delivery has ended meanwhile is not called again', async () => {
  // Prepare: both deliveries have read before either writes.
  const message = await sliceOf(['a', 'b']);
  const open = () =>
    openDelivery(sqsRecord(message, { receives: 2 }), 'test', {
      secrets: setting.secrets,
      slices: stores.slices,
    });
  const [late] = await Promise.all([open(), deliver(message, 2)]);
  const tried: number[] = [];

  // Act
  await workCarefully(late, openGate, { stores }, async (index) => void tried.push(index));

  // Assess
  expect(tried).toEqual([]);
  expect(await outcomesOf(message)).toEqual(['revoked', 'revoked']);
});
