import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { shortPeriod } from './metric.ts';

/** Completions that were tried for two days. */
export const watchCompletions = (scope: Construct, alarms: Alarms, undelivered: IQueue): void =>
  alarms.add(scope, 'Untold', {
    name: 'completions-undelivered',
    happened:
      'Completions of revocations could not be told in two days, and are not tried any more.',
    impact:
      'The tokens are revoked, but whoever waits for the event, the webhook or the state machine does not know. SQS forgets these completions 14 days after they were announced.',
    toDo: 'Find the lines completion.failed in the log of the completion function and mend what they say. Then have SQS send the messages back to their queue: the queue’s page, Start DLQ redrive.',
    section: 'completions-are-undelivered',
    metric: undelivered.metricApproximateNumberOfMessagesVisible({
      period: shortPeriod,
      statistic: Stats.MAXIMUM,
    }),
    threshold: 1,
  });
