import { type IWidget, MathExpression, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { parkReasons } from '../../shared/domain/outcome.ts';
import { metricCatalogue, namespace } from '../../shared/metrics/catalogue.ts';
import { listing } from '../../shared/store/keys.ts';
import type { Shown } from './dashboard.ts';
import { functionGraph, graph } from './graph.ts';
import { shortPeriod } from './metric.ts';

/** Rows about the stage as a whole. */
export function stageWidgets(
  stage: string,
  { api, deadLetters, report, table }: Shown,
): IWidget[][] {
  const period = shortPeriod;
  const maximum = { period, statistic: Stats.MAXIMUM };
  const { http, handler } = api;
  const latency = (statistic: string) =>
    http.metricLatency({ period, statistic, label: `${statistic} ms` });
  return [
    [
      graph('Jobs parked, by reason', parkReasons.map(jobsFor('Parked', stage)), { stacked: true }),
      graph('Dead letters that stay', [
        deadLetters.queue.metricApproximateNumberOfMessagesVisible({
          ...maximum,
          label: 'visible',
        }),
        deadLetters.queue.metricApproximateNumberOfMessagesNotVisible({
          ...maximum,
          label: 'under way',
        }),
      ]),
      functionGraph('Dead-letter function', deadLetters.parker),
      graph('Table: throttled requests', throttlesOf(table)),
    ],
    [
      graph('API: requests', [
        http.metricCount({ period, statistic: Stats.SUM, label: 'all' }),
        http.metricClientError({ period, statistic: Stats.SUM, label: '4xx' }),
        http.metricServerError({ period, statistic: Stats.SUM, label: '5xx' }),
      ]),
      graph('API: latency', [latency('p50'), latency('p95')]),
      functionGraph('API function', handler),
      graph('Parked jobs that the sweep sent again', parkReasons.map(jobsFor('Redriven', stage)), {
        stacked: true,
      }),
    ],
    [functionGraph('Report function', report.handler)],
  ];
}

/** The whole stage's, whatever providers it has: CloudWatch looks for them itself. */
const jobsFor = (metric: 'Parked' | 'Redriven', stage: string) => (reason: string) => {
  const dimensions = ['Stage', ...metricCatalogue[metric].by].join(',');
  return new MathExpression({
    expression: `SUM(SEARCH('{${namespace},${dimensions}} MetricName="${metric}" Stage="${stage}" Reason="${reason}"', 'Sum', ${shortPeriod.toSeconds()}))`,
    usingMetrics: {},
    label: reason,
    period: shortPeriod,
  });
};

/** DynamoDB counts them apart for the table and for its index. */
const throttlesOf = (table: Table) =>
  [undefined, listing.index].flatMap((index) =>
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((name) =>
      table.metric(name, {
        period: shortPeriod,
        statistic: Stats.SUM,
        label: `${name} ${index ?? 'table'}`,
        ...(index !== undefined && {
          dimensionsMap: { TableName: table.tableName, GlobalSecondaryIndexName: index },
        }),
      }),
    ),
  );
