import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../shared/config.ts';
import type { ProviderEntry } from '../shared/providers/configuration.ts';
import {
  batchSizeOf,
  maximumReceives,
  retentionSeconds,
  visibilityTimeoutSeconds,
  workerTimeoutSeconds,
} from '../shared/queue/lane-settings.ts';
import { providerSecretName, sealingKeysName } from '../shared/secrets/names.ts';
import { paceKey, revocationPartition } from '../shared/store/keys.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

export interface LaneProps {
  readonly settings: Settings;
  readonly entry: ProviderEntry;
  readonly code: Code;
  readonly store: Store;
  readonly deadLetterQueue: IQueue;
  readonly environment: Record<keyof Config, string>;
}

/**
 * One provider's queue and the worker that serves it, apart from every other lane: a sick provider
 * delays nobody else, and a worker that is taken over has one provider's credentials.
 */
export class Lane extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: LaneProps) {
    super(scope, id);
    const { settings, entry, code, store, deadLetterQueue, environment } = props;
    this.queue = new Queue(this, 'Queue', {
      queueName: `${settings.prefix}-lane-${entry.id}`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(retentionSeconds),
      visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: maximumReceives },
    });
    const worker = new RescindFunction(this, 'Worker', {
      settings,
      code,
      description: `Revokes tokens at ${entry.id}`,
      timeout: Duration.seconds(workerTimeoutSeconds),
      environment: { ...environment, RESCIND_LANE: entry.id },
    });
    worker.lambda.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: batchSizeOf(entry),
        maxConcurrency: entry.maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    allowReading(worker, sealingKeysName(settings.secretsPrefix));
    allowReading(worker, providerSecretName(settings.secretsPrefix, entry.id));
    store.allowItems(
      worker,
      ['GetItem', 'PutItem', 'UpdateItem'],
      [revocationPartition('*'), paceKey(entry.id).pk],
    );
  }
}
