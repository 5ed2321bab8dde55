import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Alarms, AlarmText } from './alarms.ts';
import { shortPeriod } from './metric.ts';

/** What a function's alarms say, and where. */
export interface Monitoring extends Pick<AlarmText, 'impact' | 'section'> {
  readonly alarms: Alarms;
  /** The function, as the names of its alarms have it. */
  readonly name: string;
  /** What to do when it fails. */
  readonly toDo: string;
  /** What to do when Lambda has no execution left for it. */
  readonly whenThrottled: string;
}

/**
 * Watches a function for what it cannot tell by itself: that it died, and that it was not let run.
 * What it expects to go wrong it answers or reports, so one of these is one too many.
 */
export function watchFunction(
  scope: Construct,
  lambda: LambdaFunction,
  { alarms, name, toDo, whenThrottled, ...text }: Monitoring,
): void {
  alarms.add(scope, 'Failing', {
    ...text,
    name: `${name}-failing`,
    happened: `The function of ${name} threw, ran out of time or memory, or could not start.`,
    toDo,
    metric: lambda.metricErrors({ period: shortPeriod }),
    threshold: 1,
  });
  alarms.add(scope, 'Throttled', {
    ...text,
    name: `${name}-throttled`,
    happened: `Lambda had no execution left for the function of ${name}, and did not let it run.`,
    toDo: whenThrottled,
    metric: lambda.metricThrottles({ period: shortPeriod }),
    threshold: 1,
  });
}
