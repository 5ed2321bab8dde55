import { Duration } from 'aws-cdk-lib';
import { type IQueue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import type { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';

/**
 * How every queue is kept: under the stage's key, and closed to whoever comes without TLS. A data
 * key serves for an hour: SQS would else ask KMS every five minutes for each that sends or receives.
 */
export const guarded = ({ key }: StageKey): QueueProps => ({
  encryption: QueueEncryption.KMS,
  encryptionMasterKey: key,
  dataKeyReuse: Duration.hours(1),
  enforceSSL: true,
});

export interface ConsumerOptions {
  readonly batchSize: number;
  readonly maxConcurrency: number;
  /** Queues whose messages may turn up here besides, as they were encrypted there. */
  readonly alsoFrom?: readonly string[];
}

/**
 * Has a function called with what is on a queue. CDK's own event source would let it use the key
 * for whatever else the key encrypts.
 */
export function consume(
  consumer: RescindFunction,
  queue: IQueue,
  key: StageKey,
  { batchSize, maxConcurrency, alsoFrom = [] }: ConsumerOptions,
): void {
  consumer.allow(
    [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
    ],
    [queue.queueArn],
  );
  key.allowForQueues(consumer, ['Decrypt'], [queue.queueArn, ...alsoFrom]);
  consumer.lambda.addEventSourceMapping('Queue', {
    eventSourceArn: queue.queueArn,
    batchSize,
    maxConcurrency,
    reportBatchItemFailures: true,
  });
}
