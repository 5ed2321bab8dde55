import { beforeAll, describe, expect, it } from 'vitest';
import { deadLetterBatchSize } from '../shared/queue/lane-settings.ts';
import { catalogOf } from '../test/support/catalog.ts';
import { queueArn } from './testing/arns.ts';
import { type ConsumedQueue, deadLetters } from './testing/parts.ts';
import { synthesise } from './testing/synthesis.ts';

let parts: ConsumedQueue;

beforeAll(async () => {
  parts = deadLetters(await synthesise());
});

describe('the dead-letter queue', () => {
  it('keeps what the ledger has not taken, for as long as SQS allows', () => {
    expect(parts.queue.properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
    expect(parts.queue.properties.RedrivePolicy).toBeUndefined();
  });

  it("takes its lanes' dead letters and nobody else's", () => {
    expect(parts.queue.properties.RedriveAllowPolicy).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: ['polar', 'polar-backup', 'mollie'].map((id) =>
        queueArn(`rescind-production-lane-${id}`),
      ),
    });
  });

  it.each([
    [10, 'byQueue'],
    [11, 'allowAll'],
  ])('of %d lanes allows %s, since SQS takes ten by name', async (count, permission) => {
    const ids = Array.from({ length: count }, (_, index) => ({ id: `p${index}`, kind: 'polar' }));
    const { queue } = deadLetters(await synthesise({}, await catalogOf(...ids)));
    expect(queue.properties.RedriveAllowPolicy).toMatchObject({ redrivePermission: permission });
  });

  it('returns only failed messages, and leaves concurrency to the lanes and the API', () => {
    expect(parts.mapping.properties).toMatchObject({
      BatchSize: deadLetterBatchSize,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    });
  });

  it("stays invisible for at least six times the function's timeout", () => {
    const timeout = Number(parts.consumer.lambda.properties.Timeout);
    expect(timeout).toBeGreaterThan(0);
    expect(parts.queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });
});
