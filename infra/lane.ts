import { Duration } from 'aws-cdk-lib';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
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
import type { Completion } from './completion.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchLane } from './observability/lane-alarms.ts';
import { consume, guarded } from './queue.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

export interface LaneProps {
  readonly settings: Settings;
  readonly entry: ProviderEntry;
  readonly code: Code;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly deadLetterQueue: IQueue;
  readonly environment: Record<keyof Config, string>;
  /** Where completions are announced, if anywhere. */
  readonly completion?: Completion | undefined;
}

/** @param provider `*` for all of them */
export const laneQueueName = (prefix: string, provider: string): string =>
  `${prefix}-lane-${provider}`;

/**
 * One provider's queue and the worker that serves it, apart from every other lane: a sick provider
 * delays nobody else, and a worker that is taken over has one provider's credentials.
 */
export class Lane extends Construct {
  /** The provider's id. */
  readonly provider: string;
  readonly queue: Queue;
  readonly worker: LambdaFunction;

  constructor(scope: Construct, id: string, props: LaneProps) {
    super(scope, id);
    const { settings, entry, code, store, key, deadLetterQueue, environment } = props;
    const { alarms, completion } = props;
    this.provider = entry.id;
    this.queue = new Queue(this, 'Queue', {
      ...guarded(key),
      queueName: laneQueueName(settings.prefix, entry.id),
      retentionPeriod: Duration.seconds(retentionSeconds),
      visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds),
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: maximumReceives },
    });
    const worker = new RescindFunction(this, 'Worker', {
      settings,
      code,
      description: `Revokes tokens at ${entry.id}`,
      timeout: Duration.seconds(workerTimeoutSeconds),
      environment: { ...environment, ...completion?.environment, RESCIND_LANE: entry.id },
      monitoring: {
        alarms,
        name: `lane-${entry.id}`,
        impact: `Revoking tokens of ${entry.id} is held up. What a worker had under way is tried again once SQS shows its messages again, after 18 minutes; a job that kills its worker again and again is parked as crashed.`,
        toDo: 'Read what the log of the worker says at that time. A timeout now and then mends itself. A worker that cannot start names what is wrong in its environment or in providers.json; anything else is a bug: roll the deployment back.',
        whenThrottled: `Raise the account's quota of concurrent executions, or the provider's reservedConcurrency if it has one, or lower its maxConcurrency.`,
        section: 'a-worker-fails',
      },
      ...(entry.reservedConcurrency !== undefined && {
        reservedConcurrentExecutions: entry.reservedConcurrency,
      }),
    });
    consume(worker, this.queue, key, {
      batchSize: batchSizeOf(entry),
      maxConcurrency: entry.maxConcurrency,
    });
    completion?.allowAnnouncing(worker);
    this.worker = worker.lambda;
    watchLane(this, { alarms, stage: settings.stage, provider: entry.id, queue: this.queue });
    allowReading(worker, key, sealingKeysName(settings.secretsPrefix));
    allowReading(worker, key, providerSecretName(settings.secretsPrefix, entry.id));
    store.allowItems(
      worker,
      ['GetItem', 'PutItem', 'UpdateItem'],
      [revocationPartition('*'), paceKey(entry.id).pk],
    );
  }
}
