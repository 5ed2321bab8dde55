import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SealingKeysConfig } from '../shared/config.ts';
import { sealingKeysName } from '../shared/secrets/names.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchSchedule } from './observability/schedule-alarm.ts';
import { allowReading, makeSeededSecret, secretArnOf } from './secrets.ts';
import type { Store } from './store.ts';

export interface SealingKeysProps {
  readonly settings: Settings;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly code: Code;
  readonly store: Store;
  readonly environment: Record<keyof SealingKeysConfig, string>;
}

/** A large ledger takes a while to look through. */
const every = Duration.days(1);
const timeout = Duration.minutes(5);

/** The keys that tokens are sealed with, and the function that rotates them. */
export class SealingKeys extends Construct {
  /** Name of the function that rotates them, for whoever needs a new key at once. */
  readonly rotationName: string;

  constructor(scope: Construct, id: string, props: SealingKeysProps) {
    super(scope, id);
    const { settings, key, alarms, code, store, environment } = props;
    // shared/sealing/seed.ts makes keys of it.
    makeSeededSecret(this, {
      name: sealingKeysName(settings.secretsPrefix),
      description: 'Whoever loses these keys loses every token that is queued or parked',
      settings,
      key,
      rotated: 'rotated by a function of ours',
    });
    const rotation = new RescindFunction(this, 'Rotation', {
      settings,
      code,
      description: 'Adds a sealing key when it is time, and retires those that nothing needs',
      timeout,
      environment,
      monitoring: {
        alarms,
        name: 'sealing-keys',
        impact:
          'The sealing keys are not rotated. Everything else goes on with those that are there; tokens can be sealed and opened.',
        toDo: 'Read the line sealing-keys.failed in the log of the function, and mend what its detail says. It tries again every day; to have it try now, invoke it.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account. It runs once a day, and makes up for a day that it missed.',
        section: 'the-rotation-of-the-sealing-keys-fails',
      },
    });
    this.rotationName = rotation.lambda.functionName;
    const name = sealingKeysName(settings.secretsPrefix);
    allowReading(rotation, key, name);
    const secretArn = secretArnOf(rotation, name);
    rotation.allow(['secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'], [secretArn]);
    key.allowForSecrets(rotation, ['GenerateDataKey'], [secretArn]);
    store.allowListingSealed(rotation);
    watchSchedule(this, rotation.lambda, every, {
      alarms,
      name: 'sealing-keys',
      impact:
        'None today: tokens are sealed and opened with the keys that are there, which only get older than keyRotationDays.',
      section: 'the-rotation-of-the-sealing-keys-fails',
    });
    new Rule(this, 'Daily', {
      description: 'Rotates the sealing keys as far as is due',
      schedule: Schedule.rate(every),
      targets: [new LambdaFunction(rotation.lambda)],
    });
  }
}
