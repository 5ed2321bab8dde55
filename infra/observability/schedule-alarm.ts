import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { AlarmText } from './alarms.ts';
import type { Monitoring } from './function-alarms.ts';
import { shortPeriod } from './metric.ts';

/** CloudWatch's longest period; what runs more rarely cannot be watched like this. */
const longest = Duration.days(1);
const leastMinutes = 60;

/**
 * Watches a function that a schedule calls for not being called at all: its rule may be disabled, or
 * may not invoke it any more, and then nothing else tells. It looks at an hour, or at two turns.
 *
 * @param every how often it is called; undefined where the schedule does not tell
 */
export function watchSchedule(
  scope: Construct,
  lambda: LambdaFunction,
  every: Duration | undefined,
  {
    alarms,
    name,
    impact,
    section,
  }: Pick<Monitoring, 'alarms' | 'name'> & Pick<AlarmText, 'impact' | 'section'>,
): void {
  if (every === undefined || every.toMinutes() > longest.toMinutes()) return;
  const minutes = Math.max(every.toMinutes(), shortPeriod.toMinutes());
  alarms.add(scope, 'NotRun', {
    name: `${name}-not-run`,
    impact,
    section,
    happened: `The function of ${name} was not called when it was due, nor the time before. A stage that has just been deployed says so until it is called first.`,
    toDo: 'See in EventBridge whether the rule that calls it is there and enabled, and deploy again if not.',
    metric: lambda.metricInvocations({ period: Duration.minutes(minutes), statistic: 'Sum' }),
    threshold: 1,
    below: true,
    periods: Math.max(2, Math.ceil(leastMinutes / minutes)),
    missing: TreatMissingData.BREACHING,
  });
}
