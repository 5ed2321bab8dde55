import { type IWidget, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { metricCatalogue, namespace } from '../../shared/metrics/catalogue.ts';
import type { Shown } from './dashboard.ts';
import { functionGraph, graph } from './graph.ts';
import { ownMetric, shortPeriod } from './metric.ts';

/** One row about what comes in from sources of webhooks. */
export const webhookWidgets = (
  stage: string,
  { handler, sources }: NonNullable<Shown['webhook']>,
): IWidget[] => [
  graph(
    'Webhooks accepted, by source',
    sources.map((Source) => ownMetric('WebhooksAccepted', stage, { Source }, { label: Source })),
    { stacked: true },
  ),
  graph('Webhooks refused, by source and reason', [refusals(stage)], { stacked: true }),
  functionGraph('Webhook function', handler),
];

/** Whatever reasons there have been: CloudWatch looks for them itself. */
function refusals(stage: string): MathExpression {
  const dimensions = ['Stage', ...metricCatalogue.WebhooksRefused.by].join(',');
  return new MathExpression({
    expression: `SEARCH('{${namespace},${dimensions}} MetricName="WebhooksRefused" Stage="${stage}"', 'Sum', ${shortPeriod.toSeconds()})`,
    usingMetrics: {},
    label: '',
    period: shortPeriod,
  });
}
