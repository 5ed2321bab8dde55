import { Metrics as Emitter } from '@aws-lambda-powertools/metrics';
import { groupBy } from '../group-by.ts';
import { type DimensionsOf, type MetricName, metricCatalogue, namespace } from './catalogue.ts';

/** Collects what one invocation measures. */
export interface Metrics {
  /** @param value in the metric's unit; 1, unless told */
  readonly add: <Name extends MetricName>(
    name: Name,
    dimensions: DimensionsOf<Name>,
    value?: number,
  ) => void;
  /** Emits what was collected and begins anew. Once an invocation: each line costs. */
  readonly flush: () => void;
}

/** Values of one metric with the same dimensions. */
interface Series {
  readonly name: MetricName;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: number[];
}

/** CloudWatch takes at most 100 values in one line; Powertools flushes by itself at that many. */
const valuesPerLine = 99;

/**
 * Metrics as CloudWatch's embedded metric format, on standard output: one line for each set of
 * dimensions. Needs no permission and no call.
 *
 * @param stage becomes the dimension `Stage`
 */
export function createMetrics(stage: string): Metrics {
  const emitter = new Emitter({ namespace });
  // Powertools puts `service` there, which would set every worker's metrics apart once more.
  emitter.clearDefaultDimensions();
  emitter.setDefaultDimensions({ Stage: stage });
  let collected = new Map<string, Series>();

  return {
    add: (name, dimensions, value = 1) => {
      const key = JSON.stringify([name, dimensions]);
      const series = collected.get(key) ?? { name, dimensions, values: [] };
      collected.set(key, series);
      take(value, series);
    },

    flush: () => {
      const all = [...collected.values()];
      collected = new Map();
      const lines = groupBy(all, ({ name, dimensions }) =>
        JSON.stringify([dimensions, isInAll(name)]),
      );
      for (const series of lines.values()) emit(series, emitter);
    },
  };
}

function take(value: number, { name, values }: Series): void {
  switch (metricCatalogue[name].kind) {
    case 'count':
      values[0] = (values[0] ?? 0) + value;
      return;
    case 'level':
      values[0] = value;
      return;
    case 'each':
      values.push(value);
      return;
  }
}

const isInAll = (name: MetricName): boolean => 'inAll' in metricCatalogue[name];

/** Series of the same dimensions, in as few lines as CloudWatch takes. */
function emit(series: readonly Series[], emitter: Emitter): void {
  const longest = Math.max(...series.map(({ values }) => values.length));
  for (let start = 0; start < longest; start += valuesPerLine) {
    const [first] = series;
    if (first === undefined) return;
    emitter.addDimensions({ ...first.dimensions });
    if (isInAll(first.name)) emitter.addDimensions({});
    for (const { name, values } of series) {
      for (const value of values.slice(start, start + valuesPerLine)) {
        emitter.addMetric(name, metricCatalogue[name].unit, value);
      }
    }
    emitter.publishStoredMetrics();
  }
}
