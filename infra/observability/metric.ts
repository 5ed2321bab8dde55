import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type DimensionsOf,
  type MetricName,
  metricCatalogue,
  namespace,
} from '../../shared/metrics/catalogue.ts';

/** What graphs are drawn in, and most alarms look at. */
export const shortPeriod = Duration.minutes(5);

const statisticOf = { count: Stats.SUM, level: Stats.MAXIMUM, each: Stats.p(50) } as const;

/**
 * One of the metrics that our functions emit.
 *
 * @param stage which stage's
 */
export const ownMetric = <Name extends MetricName>(
  name: Name,
  stage: string,
  dimensions: DimensionsOf<Name>,
  options: MetricOptions = {},
): Metric => metricOf(name, { Stage: stage, ...dimensions }, options);

/** One that is also there for the whole stage, of all providers together. */
export const stageMetric = (
  name: 'Parked' | 'OldestAge',
  stage: string,
  options: MetricOptions = {},
): Metric => metricOf(name, { Stage: stage }, options);

const metricOf = (
  name: MetricName,
  dimensionsMap: Record<string, string>,
  options: MetricOptions,
): Metric =>
  new Metric({
    namespace,
    metricName: name,
    dimensionsMap,
    statistic: statisticOf[metricCatalogue[name].kind],
    period: shortPeriod,
    ...options,
  });
