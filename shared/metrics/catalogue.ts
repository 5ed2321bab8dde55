/** How the values of one batch become what CloudWatch gets. */
type Kind =
  /** Added up. */
  | 'count'
  /** The last one stands. */
  | 'level'
  /** All are kept: CloudWatch makes percentiles of them. */
  | 'each';

type Unit = 'Count' | 'Seconds' | 'Milliseconds';

interface MetricDefinition {
  readonly kind: Kind;
  readonly unit: Unit;
  /** Dimensions besides `Stage`, which every metric has. */
  readonly by: readonly string[];
  /** Whether it is also there for the whole stage: an alarm cannot look across dimensions. */
  readonly inAll?: true;
}

/** CloudWatch namespace of every metric. */
export const namespace = 'Rescind';

/**
 * Every metric that the functions emit, by name. Alarms and the dashboard are made from it.
 *
 * Counts are for watching, not for proof: what a dying worker had just written down may be missing,
 * and two deliveries of one slice that overlap may both count a job. The table is the record.
 */
export const metricCatalogue = {
  /** Jobs that ended, when that was written down. */
  Outcomes: {
    kind: 'count',
    unit: 'Count',
    by: ['Provider', 'Outcome'],
  },
  /** Jobs that were parked, when that was written down; they are among the outcomes, too. */
  Parked: {
    kind: 'count',
    unit: 'Count',
    by: ['Provider', 'Reason'],
    inAll: true,
  },
  /** Parked jobs that the sweep has sent again, by why they were parked. */
  Redriven: {
    kind: 'count',
    unit: 'Count',
    by: ['Provider', 'Reason'],
  },
  /** 1 when a batch could do nothing for want of good credentials or configuration, 0 when one could. */
  Misconfigured: {
    kind: 'level',
    unit: 'Count',
    by: ['Provider'],
  },
  /** How long the oldest message that a batch put back has been on the lane. */
  OldestAge: {
    kind: 'level',
    unit: 'Seconds',
    by: ['Provider'],
    inAll: true,
  },
  /** Tries at a job, by what the provider’s answer meant. */
  Tries: {
    kind: 'count',
    unit: 'Count',
    by: ['Provider', 'Verdict'],
  },
  /** Tries after which the job waits for another one. */
  Retries: {
    kind: 'count',
    unit: 'Count',
    by: ['Provider'],
  },
  /** How long each HTTP call to the provider took, the failed ones included. */
  ProviderLatency: {
    kind: 'each',
    unit: 'Milliseconds',
    by: ['Provider'],
  },
  /** Calls of sources of webhooks that were taken for what they are; also those of no interest. */
  WebhooksAccepted: {
    kind: 'count',
    unit: 'Count',
    by: ['Source'],
  },
  /** Calls that were refused, or repeated what had been taken in already. */
  WebhooksRefused: {
    kind: 'count',
    unit: 'Count',
    by: ['Source', 'Reason'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricCatalogue;

/** The dimensions that a metric's values need. */
export type DimensionsOf<Name extends MetricName> = Readonly<
  Record<(typeof metricCatalogue)[Name]['by'][number], string>
>;
