import { Duration, Stack } from 'aws-cdk-lib';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Queue, type RedriveAllowPolicy, RedrivePermission } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeadLetterConfig } from '../shared/config.ts';
import {
  deadLetterBatchSize,
  deadLetterTimeoutSeconds,
  retentionSeconds,
} from '../shared/queue/lane-settings.ts';
import { revocationPartition } from '../shared/store/keys.ts';
import type { Announcing, Completion } from './completion.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import { laneQueueName } from './lane.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchDeadLetters } from './observability/stage-alarms.ts';
import { consume, guarded } from './queue.ts';
import type { Store } from './store.ts';

export interface DeadLettersProps {
  readonly settings: Settings;
  readonly code: Code;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  /** The providers whose lanes it serves. */
  readonly providers: readonly string[];
  readonly environment: Announcing<DeadLetterConfig>;
  /** Where completions are announced, if anywhere. */
  readonly completion?: Completion | undefined;
}

/** A lane's backlog may land here at once; the account's other functions must go on meanwhile. */
const maxConcurrency = 5;

/** SQS takes no more by name. A stage of more lanes lets any queue of the account in. */
const nameableSources = 10;

/**
 * The dead-letter queue of all lanes, and the function that moves what lands there into the ledger.
 * It reads no secret, so it cannot open what it moves.
 */
export class DeadLetters extends Construct {
  readonly queue: Queue;
  readonly parker: LambdaFunction;

  constructor(scope: Construct, id: string, props: DeadLettersProps) {
    super(scope, id);
    const { settings, code, store, key, alarms, providers, environment, completion } = props;
    // By their names: the lanes name this queue, and CloudFormation makes no circles.
    const laneArn = (provider: string) =>
      Stack.of(this).formatArn({
        service: 'sqs',
        resource: laneQueueName(settings.prefix, provider),
      });
    this.queue = new Queue(this, 'Queue', {
      ...guarded(key),
      queueName: `${settings.prefix}-dead-letters`,
      redriveAllowPolicy: allowLanes(this, providers.map(laneArn)),
      retentionPeriod: Duration.seconds(retentionSeconds),
      visibilityTimeout: Duration.seconds(6 * deadLetterTimeoutSeconds),
    });
    const parker = new RescindFunction(this, 'Parker', {
      settings,
      code,
      description: 'Records in the ledger what the lanes have given up',
      timeout: Duration.seconds(deadLetterTimeoutSeconds),
      environment: { ...environment, ...completion?.environment },
      monitoring: {
        alarms,
        name: 'dead-letter',
        impact:
          'Dead letters stay in their queue: their jobs are neither revoked nor in the ledger. Nothing is lost yet; SQS keeps them for 14 days from their first sending.',
        toDo: 'Read what the log of the function says at that time. It is a bug or a broken deployment: roll it back. What stayed is then parked by itself.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account. What stayed is then parked by itself.',
        section: 'the-dead-letter-function-fails',
      },
    });
    completion?.allowAnnouncing(parker);
    this.parker = parker.lambda;
    watchDeadLetters(this, alarms, this.queue);
    consume(parker, this.queue, key, {
      batchSize: deadLetterBatchSize,
      maxConcurrency,
      alsoFrom: [laneArn('*')],
    });
    store.allowItems(parker, ['GetItem', 'PutItem', 'UpdateItem'], [revocationPartition('*')]);
  }
}

/** Whose dead letters the queue takes: the lanes', as far as SQS lets them be named. */
function allowLanes(scope: Construct, laneArns: readonly string[]): RedriveAllowPolicy {
  if (laneArns.length > nameableSources) return { redrivePermission: RedrivePermission.ALLOW_ALL };
  return {
    redrivePermission: RedrivePermission.BY_QUEUE,
    sourceQueues: laneArns.map((arn, index) => Queue.fromQueueArn(scope, `Lane${index}`, arn)),
  };
}
