import { type MetricName, metricCatalogue } from '../../shared/metrics/catalogue.ts';
import type { Metrics } from '../../shared/metrics/metrics.ts';

/** One value as it was added. */
export interface Measurement {
  readonly name: MetricName;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Metrics that keep what is added for a test to look at. */
export interface TestMetrics {
  readonly metrics: Metrics;
  /** Everything that was added and flushed. What an invocation leaves behind is none of it. */
  readonly measured: Measurement[];
  /** The flushed values of one metric: its dimensions' values, e.g. `test revoked`, to their sum. */
  readonly sums: (name: MetricName) => Record<string, number>;
}

export function collectMetrics(): TestMetrics {
  const measured: Measurement[] = [];
  let pending: Measurement[] = [];
  return {
    measured,
    metrics: {
      add: (name, dimensions, value = 1) => {
        const named = Object.keys(dimensions).toSorted();
        const expected = metricCatalogue[name].by.toSorted();
        if (`${named}` !== `${expected}`)
          throw new Error(`${name} is by ${expected}, not ${named}`);
        pending.push({ name, dimensions, value });
      },
      flush: () => {
        measured.push(...pending);
        pending = [];
      },
    },
    sums: (wanted) => {
      const sums: Record<string, number> = {};
      for (const { name, dimensions, value } of measured) {
        if (name !== wanted) continue;
        const key = metricCatalogue[name].by.map((each) => dimensions[each]).join(' ');
        sums[key] = (sums[key] ?? 0) + value;
      }
      return sums;
    },
  };
}
