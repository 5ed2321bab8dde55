import { type IWidget, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Outcome } from '../../shared/domain/outcome.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { ShownLane } from './dashboard.ts';
import { functionGraph, graph } from './graph.ts';
import { longestWait } from './lane-alarms.ts';
import { ownMetric, shortPeriod } from './metric.ts';

/** The outcomes that a worker can write. */
const workersOutcomes = [
  'revoked',
  'already_invalid',
  'unsupported',
  'parked',
] as const satisfies readonly Outcome[];

/** Verdicts that tell of trouble; the others are outcomes. */
const troubles = [
  'throttled',
  'unavailable',
  'ambiguous',
  'misconfigured',
] as const satisfies readonly Verdict['kind'][];

/** One row: what waits, what came of it, how the provider does, how the worker does. */
export function laneWidgets(stage: string, { provider, queue, worker }: ShownLane): IWidget[] {
  const Provider = provider;
  const maximum = { period: shortPeriod, statistic: Stats.MAXIMUM };
  const latency = (statistic: string) =>
    ownMetric('ProviderLatency', stage, { Provider }, { statistic, label: `${statistic} ms` });
  return [
    graph(
      `${provider}: slices waiting, and for how long`,
      [
        queue.metricApproximateNumberOfMessagesVisible({ ...maximum, label: 'visible' }),
        queue.metricApproximateNumberOfMessagesNotVisible({ ...maximum, label: 'under way' }),
      ],
      {
        right: [
          queue.metricApproximateAgeOfOldestMessage({ ...maximum, label: 'oldest, seconds' }),
          ownMetric('OldestAge', stage, { Provider }, { label: 'oldest put back, seconds' }),
        ],
        rightAnnotations: [{ value: longestWait.toSeconds(), label: 'alarm' }],
      },
    ),
    graph(
      `${provider}: outcomes, and jobs to be tried again`,
      workersOutcomes.map((Outcome) =>
        ownMetric('Outcomes', stage, { Provider, Outcome }, { label: Outcome }),
      ),
      { right: [ownMetric('Retries', stage, { Provider }, { label: 'to be tried again' })] },
    ),
    graph(`${provider}: how its provider does`, [latency('p50'), latency('p95')], {
      right: [
        ...troubles.map((Verdict) =>
          ownMetric('Tries', stage, { Provider, Verdict }, { label: Verdict }),
        ),
        ownMetric('Misconfigured', stage, { Provider }, { label: 'lane misconfigured' }),
      ],
    }),
    functionGraph(`${provider}: worker`, worker),
  ];
}
