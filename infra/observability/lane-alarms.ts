import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { ownMetric, shortPeriod } from './metric.ts';

/** One provider's lane, as its alarms see it. */
export interface WatchedLane {
  readonly alarms: Alarms;
  readonly stage: string;
  /** The provider's id. */
  readonly provider: string;
  readonly queue: IQueue;
}

/**
 * Two hours: one Retry-After stops a lane for at most one, and the back-off of a job with the
 * default `retry` adds up to 22 minutes.
 */
export const longestWait = Duration.hours(2);

/** Alarms of a lane besides those of its worker. */
export function watchLane(scope: Construct, { alarms, stage, provider, queue }: WatchedLane): void {
  // SQS leaves out what has been received three times; `watchOverdue` does not.
  alarms.add(scope, 'Waiting', {
    name: `lane-${provider}-waiting`,
    happened: `A message has waited on the lane of ${provider} for ${longestWait.toHours()} hours or more.`,
    impact: `Tokens of ${provider} that were to be revoked are still alive. Other providers are not affected.`,
    toDo: `See GET /v1/providers whether the lane is paused and why: mend what it says, or wait for the provider. If the lane is open, it has more work than its rate lets through, or no worker runs.`,
    section: 'a-lane-waits',
    metric: queue.metricApproximateAgeOfOldestMessage({
      period: shortPeriod,
      statistic: Stats.MAXIMUM,
    }),
    threshold: longestWait.toSeconds(),
    periods: 3,
  });
  // The lowest value of a minute, so that it is over as soon as one batch has worked; and a minute
  // without a value changes nothing, since a lane that nobody uses has not been mended.
  alarms.add(scope, 'Misconfigured', {
    name: `lane-${provider}-misconfigured`,
    happened: `The lane of ${provider} stands still: the provider refuses our credentials or our configuration of it, or the sealing keys do not open its slices.`,
    impact: `No token of ${provider} is revoked. Jobs wait on the lane; those that have been tried too often are parked as misconfigured. Other providers are not affected.`,
    toDo: `Read lastError of ${provider} in GET /v1/providers, then mend its secret or its entry in providers.json. The lane goes on by itself.`,
    section: 'a-lane-is-misconfigured',
    metric: ownMetric(
      'Misconfigured',
      stage,
      { Provider: provider },
      { period: Duration.minutes(1), statistic: Stats.MINIMUM },
    ),
    threshold: 1,
    missing: TreatMissingData.IGNORE,
  });
}
