import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Shown } from './dashboard.ts';
import { functionGraph, graph } from './graph.ts';
import { shortPeriod } from './metric.ts';

/** One row about who is told of completions. */
export const completionWidgets = ({
  handler,
  queue,
  undelivered,
}: NonNullable<Shown['completion']>): IWidget[] => [
  graph('Completions to be told', [
    waitingIn(queue, 'now'),
    queue.metricApproximateNumberOfMessagesNotVisible({
      period: shortPeriod,
      statistic: Stats.MAXIMUM,
      label: 'put back',
    }),
    waitingIn(undelivered, 'given up'),
  ]),
  functionGraph('Completion function', handler),
];

const waitingIn = (queue: IQueue, label: string) =>
  queue.metricApproximateNumberOfMessagesVisible({
    period: shortPeriod,
    statistic: Stats.MAXIMUM,
    label,
  });
