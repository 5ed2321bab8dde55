import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { longestWait } from './lane-alarms.ts';
import { shortPeriod, stageMetric } from './metric.ts';

/** An hour, so that many jobs that are parked together tell once. */
export const watchParked = (scope: Construct, alarms: Alarms, stage: string): void =>
  alarms.add(scope, 'Parked', {
    name: 'parked',
    happened: 'Jobs were parked in the last hour.',
    impact:
      'Their tokens are still alive, and Rescind has given up on them for now. The ledger keeps them, sealed.',
    toDo: 'List them by GET /v1/dead-letters and act by their reason: misconfigured, exhausted, refused or crashed.',
    section: 'jobs-were-parked',
    metric: stageMetric('Parked', stage, { period: Duration.hours(1) }),
    threshold: 1,
  });

/**
 * What has been put back again and again, which SQS leaves out of the age of a queue. One alarm for
 * all lanes. A worker tells when a slice returns, up to an hour apart: hence two long periods, of
 * which one must be breaching.
 */
export const watchOverdue = (scope: Construct, alarms: Alarms, stage: string): void =>
  alarms.add(scope, 'Overdue', {
    name: 'overdue',
    happened: `A message has been on its lane for ${longestWait.toHours()} hours or more, put back time and again.`,
    impact:
      'Tokens that were to be revoked are still alive. Usually one provider is concerned, and the others are not affected.',
    toDo: 'Find the lane by OldestAge on the dashboard. See GET /v1/providers why it is paused: mend what it says, or wait for the provider. If its log has slice.newer, deploy the version that was rolled back: SQS forgets those slices after 14 days.',
    section: 'messages-are-overdue',
    metric: stageMetric('OldestAge', stage, { period: Duration.hours(1) }),
    threshold: longestWait.toSeconds(),
    periods: 2,
    breaching: 1,
  });

/**
 * The depth in its two halves, since `NumberOfMessagesSent` does not count what SQS itself moves
 * here. A dead letter that can be parked is gone in seconds. One that nobody takes is visible; one
 * that the function puts back is under way nearly all the time.
 */
export function watchDeadLetters(scope: Construct, alarms: Alarms, queue: IQueue): void {
  const common = {
    impact:
      'Their jobs are neither revoked nor in the ledger, so no answer of the API shows that their tokens are still alive. SQS forgets them 14 days after they were first sent.',
    section: 'dead-letters-stay',
    threshold: 1,
    periods: 3,
  };
  const options = { period: shortPeriod, statistic: Stats.MAXIMUM };
  alarms.add(scope, 'Staying', {
    ...common,
    name: 'dead-letters',
    happened: 'Messages stay in the dead-letter queue, and nobody takes them.',
    toDo: 'See whether the dead-letter function fails or is throttled, and whether its trigger is enabled. What can be parked is, as soon as it runs.',
    metric: queue.metricApproximateNumberOfMessagesVisible(options),
  });
  alarms.add(scope, 'Returning', {
    ...common,
    name: 'dead-letters-returning',
    happened: 'The dead-letter function puts messages back, again and again.',
    toDo: 'Read the lines dead-letter.unreadable, dead-letter.newer and dead-letter.failed in its log, and mend what they say. What can be parked then is.',
    metric: queue.metricApproximateNumberOfMessagesNotVisible(options),
  });
}

export const watchAnswers = (scope: Construct, alarms: Alarms, api: HttpApi): void =>
  alarms.add(scope, 'ServerErrors', {
    name: 'api-5xx',
    happened: 'The API answered 5xx.',
    impact:
      'What those callers wanted revoked is not queued, or not all of it, unless they repeat their request. What was accepted before goes on.',
    toDo: 'Find the lines request.failed and revocation.unqueued in the logs of the API and act by their fault; a caller repeats with the same Idempotency-Key.',
    section: 'the-api-answers-5xx',
    metric: api.metricServerError({ period: shortPeriod, statistic: Stats.SUM }),
    threshold: 1,
  });
