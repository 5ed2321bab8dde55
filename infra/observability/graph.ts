import { GraphWidget, type GraphWidgetProps, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { shortPeriod } from './metric.ts';

/** A graph of one quarter of a row, from 0 up. */
export const graph = (
  title: string,
  left: IMetric[],
  options: Omit<GraphWidgetProps, 'title' | 'left'> = {},
): GraphWidget =>
  new GraphWidget({
    title,
    left,
    width: 6,
    height: 6,
    leftYAxis: { min: 0, showUnits: false },
    rightYAxis: { min: 0, showUnits: false },
    ...options,
  });

/** How a function runs: how long on the left, how often on the right. */
export function functionGraph(title: string, lambda: IFunction): GraphWidget {
  const period = shortPeriod;
  const duration = (statistic: string) =>
    lambda.metricDuration({ period, statistic, label: `${statistic} ms` });
  return graph(title, [duration('p50'), duration('p95')], {
    right: [
      lambda.metricErrors({ period, label: 'errors' }),
      lambda.metricThrottles({ period, label: 'throttles' }),
      lambda.metric('ConcurrentExecutions', { period, statistic: 'Maximum', label: 'at once' }),
    ],
  });
}
