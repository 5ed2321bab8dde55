import { beforeAll, describe, expect, it } from 'vitest';
import { batchSizeOf, maximumReceives } from '../shared/queue/lane-settings.ts';
import { catalogOf } from '../test/support/catalog.ts';
import { queueArn } from './testing/arns.ts';
import { type ConsumedQueue, lane } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;
let polar: ConsumedQueue;

beforeAll(async () => {
  stack = await synthesise();
  polar = lane(stack, 'polar');
});

describe('a lane', () => {
  it('keeps only failed messages, and never exceeds the configured concurrency', () => {
    expect(polar.mapping.properties).toMatchObject({
      BatchSize: batchSizeOf({ maxConcurrency: 7 }),
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 7 },
    });
  });

  it('sets executions aside for its worker only if so configured', async () => {
    const catalog = await catalogOf({ id: 'polar', reservedConcurrency: 9 }, { id: 'mollie' });
    const reserved = await synthesise({}, catalog);
    const reservedOf = (id: string) =>
      lane(reserved, id).consumer.lambda.properties.ReservedConcurrentExecutions;
    expect(reservedOf('polar')).toBe(9);
    expect(reservedOf('mollie')).toBeUndefined();
  });

  it("stays invisible for at least six times the worker's timeout", () => {
    const timeout = Number(polar.consumer.lambda.properties.Timeout);
    expect(timeout).toBeGreaterThan(0);
    expect(polar.queue.properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  });

  it('gives a message up to the dead-letter queue only when SQS allows no more deliveries', () => {
    expect(polar.queue.properties.RedrivePolicy).toEqual({
      deadLetterTargetArn: queueArn('rescind-production-dead-letters'),
      maxReceiveCount: maximumReceives,
    });
  });

  it('keeps what nobody fetches for as long as SQS allows', () => {
    expect(polar.queue.properties.MessageRetentionPeriod).toBe(14 * 24 * 3600);
  });

  it('tells its worker whose lane it serves', () => {
    expect(polar.consumer.environment.RESCIND_LANE).toBe('polar');
    expect(lane(stack, 'polar-backup').consumer.environment.RESCIND_LANE).toBe('polar-backup');
  });

  it('is one for each provider', () => {
    const queues = stack.all('AWS::SQS::Queue').map(({ properties }) => properties.QueueName);
    expect(queues.sort()).toEqual([
      'rescind-production-dead-letters',
      'rescind-production-lane-mollie',
      'rescind-production-lane-polar',
      'rescind-production-lane-polar-backup',
    ]);
  });
});
