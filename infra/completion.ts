import { Duration, Stack } from 'aws-cdk-lib';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  completionBatchSize,
  completionTimeoutSeconds,
  completionVisibilitySeconds,
  maximumCompletionReceives,
} from '../shared/completion/queue-settings.ts';
import type { AnnounceConfig, CompletionConfig } from '../shared/config.ts';
import { retentionSeconds } from '../shared/queue/lane-settings.ts';
import { completionSecretName, sealingKeysName } from '../shared/secrets/names.ts';
import { revocationPartition, subjectPartition } from '../shared/store/keys.ts';
import type { CompletionSettings } from './completion-settings.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchCompletions } from './observability/completion-alarm.ts';
import { consume, guarded } from './queue.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

/** What a function's environment must have, and what it has where completions are told. */
export type Announcing<Config> = Readonly<
  Record<Exclude<keyof Config, keyof AnnounceConfig>, string> &
    Partial<Record<keyof AnnounceConfig, string>>
>;

export interface CompletionProps {
  readonly settings: Settings;
  readonly completion: CompletionSettings;
  readonly code: Code;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly environment: Readonly<
    Record<'RESCIND_TABLE' | 'RESCIND_RETENTION_DAYS' | 'RESCIND_SECRETS_PREFIX', string>
  >;
}

/** Endpoints that are down must not take the account's concurrency. */
const maxConcurrency = 5;

/** The queue of completions, and the function that tells of them wherever it is configured. */
export class Completion extends Construct {
  readonly queue: Queue;
  /** What was tried for two days. */
  readonly undelivered: Queue;
  readonly handler: LambdaFunction;
  /** What a function needs in its environment to announce completions. */
  readonly environment: Readonly<Record<keyof AnnounceConfig, string>>;
  readonly #key: StageKey;

  constructor(scope: Construct, id: string, props: CompletionProps) {
    super(scope, id);
    const { settings, completion, code, store, key, alarms } = props;
    this.#key = key;
    this.undelivered = new Queue(this, 'Undelivered', {
      ...guarded(key),
      queueName: `${settings.prefix}-completions-undelivered`,
      retentionPeriod: Duration.seconds(retentionSeconds),
    });
    this.queue = new Queue(this, 'Queue', {
      ...guarded(key),
      queueName: `${settings.prefix}-completions`,
      retentionPeriod: Duration.seconds(retentionSeconds),
      visibilityTimeout: Duration.seconds(completionVisibilitySeconds),
      deadLetterQueue: { queue: this.undelivered, maxReceiveCount: maximumCompletionReceives },
    });
    const { eventBus, webhook, stateMachines } = completion;
    this.environment = {
      RESCIND_COMPLETIONS_QUEUE_URL: this.queue.queueUrl,
      RESCIND_COMPLETIONS: eventBus === undefined && webhook === undefined ? 'awaited' : 'all',
    };
    const own = {
      ...props.environment,
      RESCIND_COMPLETIONS_QUEUE_URL: this.queue.queueUrl,
      RESCIND_COMPLETION_TASKS: String(stateMachines.length > 0),
      ...(eventBus !== undefined && { RESCIND_COMPLETION_EVENT_BUS: eventBus }),
      ...(webhook !== undefined && { RESCIND_COMPLETION_WEBHOOK: webhook }),
    } satisfies Partial<Record<keyof CompletionConfig, string>>;
    const teller = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Tells of revocations that are complete',
      timeout: Duration.seconds(completionTimeoutSeconds),
      environment: own,
      monitoring: {
        alarms,
        name: 'completion',
        impact:
          'Nobody is told that revocations are complete; tokens are revoked all the same. What is to be told stays in its queue, which SQS keeps for 14 days.',
        toDo: 'Read what the log of the function says at that time. A function that cannot start names what is wrong in its environment; anything else is a bug: roll the deployment back. What stayed is then told by itself.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account. What stayed is then told by itself.',
        section: 'the-completion-function-fails',
      },
    });
    this.handler = teller.lambda;
    consume(teller, this.queue, key, { batchSize: completionBatchSize, maxConcurrency });
    watchCompletions(this, alarms, this.undelivered);
    const written = revocationPartition('*');
    store.allowItems(teller, ['GetItem', 'UpdateItem'], [written]);
    store.allowItems(teller, ['GetItem', 'PutItem'], [subjectPartition('*')]);
    store.allowQueryingItems(teller, [written, subjectPartition('*')]);
    allowChannels(teller, props);
  }

  /** Lets a function announce completions. */
  allowAnnouncing(announcer: RescindFunction): void {
    const { queueArn } = this.queue;
    announcer.allow(['sqs:SendMessage'], [queueArn]);
    this.#key.allowForQueues(announcer, ['GenerateDataKey', 'Decrypt'], [queueArn]);
  }
}

/** What each channel that is configured needs, and no other. */
function allowChannels(
  teller: RescindFunction,
  { settings, completion, key }: CompletionProps,
): void {
  const { eventBus, webhook, stateMachines } = completion;
  if (eventBus !== undefined) {
    const bus = Stack.of(teller).formatArn({
      service: 'events',
      resource: 'event-bus',
      resourceName: eventBus,
    });
    teller.allow(['events:PutEvents'], [bus]);
  }
  if (webhook !== undefined) {
    allowReading(teller, key, completionSecretName(settings.secretsPrefix));
  }
  if (stateMachines.length > 0) {
    allowReading(teller, key, sealingKeysName(settings.secretsPrefix));
    teller.allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], stateMachines);
  }
}
