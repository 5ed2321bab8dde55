import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { SweepConfig } from '../shared/config.ts';
import { paceKey, revocationPartition, subjectPartition } from '../shared/store/keys.ts';
import type { Announcing, Completion } from './completion.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchSchedule } from './observability/schedule-alarm.ts';
import type { Store } from './store.ts';
import { intervalOf } from './sweep-schedule.ts';

export interface SweepProps {
  readonly settings: Settings;
  /** When it runs, as EventBridge has it. */
  readonly schedule: string;
  readonly code: Code;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly lanes: readonly IQueue[];
  readonly environment: Announcing<SweepConfig>;
  /** Where completions are announced, if anywhere. */
  readonly completion?: Completion | undefined;
}

/** A large ledger takes a while to look through; what is left then is for the next sweep. */
const timeout = Duration.minutes(5);

/**
 * The scheduled function that sends parked jobs again, and erases the tokens of grants that have been
 * revoked. It reads no secret: sealed tokens go from the ledger to their lanes as they are.
 */
export class Sweep extends Construct {
  constructor(scope: Construct, id: string, props: SweepProps) {
    super(scope, id);
    const { settings, schedule, code, store, key, alarms, environment, completion } = props;
    const sweep = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Sends parked jobs again when they are due',
      timeout,
      environment: { ...environment, ...completion?.environment },
      monitoring: {
        alarms,
        name: 'sweep',
        impact:
          'Parked jobs that are due are not all sent again by themselves. They stay in the ledger with their sealed tokens, and can be sent by POST /v1/dead-letters/redrive.',
        toDo: 'Read the lines sweep.failed in the log of the function, and mend what their fault says. The next sweep goes on with what is left.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account. The next sweep makes up for those that were missed.',
        section: 'the-sweep-fails',
      },
    });
    const lanes = props.lanes.map(({ queueArn }) => queueArn);
    sweep.allow(['sqs:SendMessage'], lanes);
    key.allowForQueues(sweep, ['GenerateDataKey', 'Decrypt'], lanes);
    completion?.allowAnnouncing(sweep);
    const written = revocationPartition('*');
    store.allowItems(sweep, ['GetItem'], [written, paceKey('*').pk]);
    store.allowItems(sweep, ['PutItem', 'UpdateItem'], [written]);
    store.allowItems(sweep, ['GetItem', 'BatchGetItem', 'PutItem'], [subjectPartition('*')]);
    store.allowQueryingItems(sweep, [written]);
    store.allowListingSwept(sweep);
    watchSchedule(this, sweep.lambda, intervalOf(schedule), {
      alarms,
      name: 'sweep',
      impact:
        'Parked jobs are not sent again by themselves, and those whose tokens have expired are not closed. They stay in the ledger, and can be sent by POST /v1/dead-letters/redrive. The sealed tokens of grants that have been revoked may stay until somebody looks at them.',
      section: 'the-sweep-fails',
    });
    new Rule(this, 'Schedule', {
      description: 'Sweeps the dead-letter ledger',
      schedule: Schedule.expression(schedule),
      targets: [new LambdaFunction(sweep.lambda)],
    });
  }
}
