import { describe, expect, it } from 'vitest';
import { billOf, line, totalOf } from './bill.ts';
import { customMetrics } from './metrics.ts';
import { monthlyOf } from './monthly.ts';
import { prices } from './prices.ts';
import type { Usage } from './usage.ts';

const usage: Usage = {
  jobs: 1000,
  apiRequests: 2,
  tally: {
    requests: { 'SECRETS_MANAGER GetSecretValue': 5, 'SQS ReceiveMessage': 10 },
    emptyReceives: 0,
    sqsUnits: 30,
    writeUnits: 200,
    indexUnits: 2,
    refusedWrites: 0,
    readUnits: 10,
  },
  api: { count: 2, seconds: 1 },
  worker: { count: 10, seconds: 9 },
  logBytes: 5000,
  stored: { items: 42, bytes: 100_000, byteMonths: 1_200_000 },
  seconds: 3,
};
const traits = { fairQueues: true, ownKey: true, backups: true };

describe('billOf', () => {
  const bill = billOf(usage, traits);
  const of = (name: string) => bill.find(({ price }) => price === name);

  it('scales what was measured to a million jobs and prices it', () => {
    expect(of('writeUnit')).toMatchObject({ quantity: 200_000, dollars: 0.125 });
    expect(of('apiRequest')).toMatchObject({ quantity: 2000, dollars: 0.002 });
    expect(of('lambdaRequest')?.quantity).toBe(12_000);
    // 10 s of 512 MB, a thousand times.
    expect(of('lambdaGbSecond')?.quantity).toBe(5000);
    expect(of('tableStorage')?.dollars).toBeCloseTo(0.3);
    expect(totalOf(bill)).toBeCloseTo(bill.reduce((sum, { dollars }) => sum + dollars, 0));
  });

  it('bills a design only for what it has', () => {
    const plain = billOf(usage, { fairQueues: false, ownKey: false, backups: false });
    const names = plain.map(({ price }) => price);
    expect(names).toContain('sqsRequest');
    expect(names).not.toContain('sqsFairRequest');
    expect(names).not.toContain('kmsRequest');
    expect(names).not.toContain('tableBackup');
    expect(of('kmsRequest')?.quantity).toBe(5000);
  });
});

it('makes a month of what the template declares, and nothing of what it does not', () => {
  const declared = {
    secrets: 5,
    polledQueues: 5,
    watched: 0,
    compositeAlarms: 0,
    dashboards: 1,
    keys: 1,
    kmsRequests: 20_000,
  };
  const { idle, busy } = monthlyOf(declared, 10);
  // Five pollers, three polls a minute each, for 30 days.
  expect(idle).toContainEqual(
    expect.objectContaining({ price: 'sqsRequest', quantity: 3_240_000 }),
  );
  expect(idle.map(({ price }) => price)).not.toContain('alarm');
  expect(totalOf(idle)).toBeCloseTo(2 + 1.296 + 3 + 1);
  expect(totalOf(busy)).toBeCloseTo(3 + 0.06);
});

it('prices a line by its own unit', () => {
  expect(line('secretRead', 10_000).dollars).toBe(prices.secretRead.dollars);
  expect(line('secret', 5).dollars).toBe(2);
});

it('counts a custom metric once for each set of dimensions', () => {
  const printed = [
    '{"level":"INFO","message":"no metric"}',
    ...['a', 'b', 'a'].map((lane) =>
      JSON.stringify({
        _aws: {
          CloudWatchMetrics: [
            { Namespace: 'N', Dimensions: [['lane']], Metrics: [{ Name: 'x' }, { Name: 'y' }] },
          ],
        },
        lane,
      }),
    ),
  ].join('\n');
  expect([...customMetrics(printed)]).toEqual([
    'N x lane=a',
    'N y lane=a',
    'N x lane=b',
    'N y lane=b',
  ]);
});
