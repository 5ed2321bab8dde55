import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Settings } from '../context.ts';
import type { StageKey } from '../key.ts';
import { createAlarmTopic } from './topic.ts';

/** What a person reads who gets an alarm, in whole sentences. */
export interface AlarmText {
  readonly happened: string;
  /** What that means for the tokens that were to be revoked. */
  readonly impact: string;
  readonly toDo: string;
  /** Anchor of the section of docs/operating.md that tells more. */
  readonly section: string;
}

export interface AlarmOptions extends AlarmText {
  /** Behind `rescind-<stage>-`; no other alarm of the stage has it. */
  readonly name: string;
  readonly metric: IMetric;
  /** At this value or above, unless told `below`. */
  readonly threshold: number;
  readonly below?: true;
  /** The metric's periods that are looked at; 1, unless told. */
  readonly periods?: number;
  /** How many of these must be at the threshold; all of them, unless told. */
  readonly breaching?: number;
  /** What a period without a value says; that all is well, unless told. */
  readonly missing?: TreatMissingData;
}

/** CloudWatch takes no longer ones. */
const longestDescription = 1024;

/**
 * The stage's alarms and whom they tell: an e-mail address, an SNS topic, both, or nobody. They
 * tell when something is wrong and when it is over.
 */
export class Alarms extends Construct {
  readonly #prefix: string;
  readonly #actions: readonly IAlarmAction[];

  constructor(scope: Construct, id: string, settings: Settings, key: StageKey) {
    super(scope, id);
    const { email, topicArn } = settings.alarms;
    this.#prefix = settings.prefix;
    const own = email === undefined ? [] : [createAlarmTopic(this, email, settings, key)];
    const given = topicArn === undefined ? [] : [Topic.fromTopicArn(this, 'Given', topicArn)];
    this.#actions = [...own, ...given].map((topic) => new SnsAction(topic));
  }

  /** @param id of the alarm within the construct that it watches */
  add(scope: Construct, id: string, options: AlarmOptions): void {
    const { name, metric, threshold, periods = 1, breaching = periods } = options;
    const alarmDescription = describe(options);
    if (alarmDescription.length > longestDescription) {
      throw new Error(`the description of alarm ${name} is longer than ${longestDescription}`);
    }
    const alarm = new Alarm(scope, id, {
      alarmName: `${this.#prefix}-${name}`,
      alarmDescription,
      metric,
      threshold,
      comparisonOperator:
        options.below === true
          ? ComparisonOperator.LESS_THAN_THRESHOLD
          : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods,
      datapointsToAlarm: breaching,
      treatMissingData: options.missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(...this.#actions);
    alarm.addOkAction(...this.#actions);
  }
}

const describe = ({ happened, impact, toDo, section }: AlarmText): string =>
  `${happened} Impact: ${impact} To do: ${toDo} More: docs/operating.md#${section}`;
