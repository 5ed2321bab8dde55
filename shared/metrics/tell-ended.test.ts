import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { collectLog, type Line } from '../../test/support/log.ts';
import { collectMetrics, type TestMetrics } from '../../test/support/metrics.ts';
import { sliceOf } from '../../test/support/slices.ts';
import { storesOn } from '../../test/support/stores.ts';
import { startTable } from '../../test/support/table.ts';
import type { JobRecord } from '../domain/outcome.ts';
import type { Slices } from '../store/slices.ts';
import { tellEnded } from './tell-ended.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());
const plain = storesOn(table).slices;

let slices: Slices;
let lines: Line[];
let measured: TestMetrics;
beforeEach(() => {
  const collected = collectLog();
  lines = collected.lines;
  measured = collectMetrics();
  slices = tellEnded(plain, measured.metrics, collected.log);
});

const at = 1_800_000_000;
const state = (...records: Partial<JobRecord>[]) => ({
  receives: 1,
  redrives: 0,
  records: new Map<number, JobRecord>(
    records.map((record, index) => [index, { fingerprint: 'f', attempts: 1, at, ...record }]),
  ),
});

const outcomes = () => {
  measured.metrics.flush();
  return measured.sums('Outcomes');
};

describe('a write', () => {
  test('counts each job it has ended, and logs each it has parked', async () => {
    const message = await sliceOf(['a', 'b', 'c', 'd']);
    await slices.write(
      message,
      state(
        { outcome: 'revoked' },
        { outcome: 'revoked' },
        { reason: 'exhausted' },
        { outcome: 'parked', reason: 'refused', detail: 'http 403' },
      ),
      undefined,
    );
    expect(outcomes()).toEqual({ 'test revoked': 2, 'test parked': 1 });
    expect(measured.sums('Parked')).toEqual({ 'test refused': 1 });
    expect(lines).toEqual([
      {
        name: 'job.parked',
        revocation: message.revocation,
        job: `${message.revocation}/0/3`,
        provider: 'test',
        reason: 'refused',
        detail: 'http 403',
      },
    ]);
  });

  test('tells nothing again that an earlier one had ended', async () => {
    const message = await sliceOf(['a', 'b']);
    const seen = await slices.write(message, state({ outcome: 'revoked' }, {}), undefined);
    await slices.write(message, state({ outcome: 'revoked' }, { outcome: 'parked' }), seen);
    expect(outcomes()).toEqual({ 'test revoked': 1, 'test parked': 1 });
  });

  test('tells what its caller changes between two writes, in the very records it gave', async () => {
    const message = await sliceOf(['a']);
    const growing = state({});
    const seen = await slices.write(message, growing, undefined);
    growing.records.set(0, { fingerprint: 'f', attempts: 2, at, outcome: 'revoked' });
    await slices.write(message, growing, seen);
    expect(outcomes()).toEqual({ 'test revoked': 1 });
  });

  test('leaves to another delivery what that one has ended meanwhile', async () => {
    const message = await sliceOf(['a', 'b']);
    await plain.write(message, state({ outcome: 'parked' }, {}), undefined);
    await slices.write(
      message,
      state({ outcome: 'revoked', at: at + 1 }, { outcome: 'revoked', at: at + 1 }),
      undefined,
    );
    expect(outcomes()).toEqual({ 'test revoked': 1 });
    expect(lines).toEqual([]);
  });

  test('that fails tells nothing', async () => {
    const write = async () => {
      throw new Error('DynamoDB is away');
    };
    const { log } = collectLog();
    const failing = tellEnded({ ...plain, write }, measured.metrics, log);
    const message = await sliceOf(['a']);
    await expect(
      failing.write(message, state({ outcome: 'revoked' }), undefined),
    ).rejects.toThrow();
    expect(outcomes()).toEqual({});
  });
});
