import { Duration } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { DeadLetterConfig } from '../shared/config.ts';
import {
  deadLetterBatchSize,
  deadLetterTimeoutSeconds,
  retentionSeconds,
} from '../shared/queue/lane-settings.ts';
import { revocationPartition } from '../shared/store/keys.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { Store } from './store.ts';

export interface DeadLettersProps {
  readonly settings: Settings;
  readonly code: Code;
  readonly store: Store;
  readonly environment: Record<keyof DeadLetterConfig, string>;
}

/** A lane's backlog may land here at once; the account's other functions must go on meanwhile. */
const maxConcurrency = 5;

/**
 * The dead-letter queue of all lanes, and the function that moves what lands there into the ledger.
 * It reads no secret, so it cannot open what it moves.
 */
export class DeadLetters extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: DeadLettersProps) {
    super(scope, id);
    const { settings, code, store, environment } = props;
    this.queue = new Queue(this, 'Queue', {
      queueName: `${settings.prefix}-dead-letters`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(retentionSeconds),
      visibilityTimeout: Duration.seconds(6 * deadLetterTimeoutSeconds),
    });
    const parker = new RescindFunction(this, 'Parker', {
      settings,
      code,
      description: 'Records in the ledger what the lanes have given up',
      timeout: Duration.seconds(deadLetterTimeoutSeconds),
      environment,
    });
    parker.lambda.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: deadLetterBatchSize,
        maxConcurrency,
        reportBatchItemFailures: true,
      }),
    );
    store.allowItems(parker, ['GetItem', 'PutItem', 'UpdateItem'], [revocationPartition('*')]);
  }
}
