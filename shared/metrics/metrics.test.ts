import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { printed } from '../../test/support/printed.ts';
import { metricCatalogue } from './catalogue.ts';

/** What a function emits, in a process of its own. */
function emitted(script: string, env: Readonly<Record<string, string>> = {}) {
  const module = fileURLToPath(new URL('./metrics.ts', import.meta.url));
  return printed(
    `import { createMetrics } from ${JSON.stringify(module)};
     const metrics = createMetrics('dev');
     ${script}`,
    env,
  );
}

/** One line of the embedded metric format. */
const line = (
  dimensions: readonly string[][],
  metrics: Readonly<Record<string, string>>,
  values: object,
) => ({
  _aws: {
    Timestamp: expect.any(Number),
    CloudWatchMetrics: [
      {
        Namespace: 'Rescind',
        Dimensions: dimensions,
        Metrics: Object.entries(metrics).map(([Name, Unit]) => ({ Name, Unit })),
      },
    ],
  },
  Stage: 'dev',
  ...values,
});

describe('what is flushed', () => {
  test('is a line for each set of dimensions, its counts added up', () => {
    const lines = emitted(`
      for (const Outcome of ['revoked', 'unsupported', 'revoked']) {
        metrics.add('Outcomes', { Provider: 'polar', Outcome });
      }
      metrics.add('Outcomes', { Provider: 'polar', Outcome: 'revoked' }, 20);
      metrics.flush();
    `);
    const by = [['Stage', 'Provider', 'Outcome']];
    expect(lines).toEqual([
      line(by, { Outcomes: 'Count' }, { Provider: 'polar', Outcome: 'revoked', Outcomes: 22 }),
      line(by, { Outcomes: 'Count' }, { Provider: 'polar', Outcome: 'unsupported', Outcomes: 1 }),
    ]);
  });

  test('shares a line where the dimensions are the same; of a level the last value stands', () => {
    const lines = emitted(`
      metrics.add('Misconfigured', { Provider: 'polar' }, 1);
      metrics.add('ProviderLatency', { Provider: 'polar' }, 12.5);
      metrics.add('Misconfigured', { Provider: 'polar' }, 0);
      metrics.add('ProviderLatency', { Provider: 'polar' }, 80);
      metrics.flush();
    `);
    expect(lines).toEqual([
      line(
        [['Stage', 'Provider']],
        { Misconfigured: 'Count', ProviderLatency: 'Milliseconds' },
        { Provider: 'polar', Misconfigured: 0, ProviderLatency: [12.5, 80] },
      ),
    ]);
  });

  test('counts parked jobs for their provider and for the whole stage', () => {
    const lines = emitted(`
      metrics.add('Parked', { Provider: 'polar', Reason: 'refused' }, 2);
      metrics.flush();
    `);
    expect(lines).toEqual([
      line(
        [['Stage', 'Provider', 'Reason'], ['Stage']],
        { Parked: 'Count' },
        { Provider: 'polar', Reason: 'refused', Parked: 2 },
      ),
    ]);
  });

  test('keeps every value with its dimensions, in lines of fewer than a hundred', () => {
    const lines = emitted(`
      for (let ms = 1; ms <= 250; ms += 1) metrics.add('ProviderLatency', { Provider: 'polar' }, ms);
      metrics.add('Retries', { Provider: 'polar' });
      metrics.flush();
    `);
    const values = lines.map(({ ProviderLatency }) => ProviderLatency);
    expect(values.flat()).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(lines.map(({ Stage, Provider, Retries }) => [Stage, Provider, Retries])).toEqual([
      ['dev', 'polar', 1],
      ['dev', 'polar', undefined],
      ['dev', 'polar', undefined],
    ]);
    expect(values.map((each) => [each].flat().length)).toEqual([99, 99, 52]);
  });

  test('is not flushed again, and nothing is no line', () => {
    const lines = emitted(`
      metrics.flush();
      metrics.add('Retries', { Provider: 'polar' });
      metrics.flush();
      metrics.flush();
    `);
    expect(lines).toHaveLength(1);
  });
});

test('POWERTOOLS_METRICS_DISABLED keeps them off', () => {
  const add = "metrics.add('Retries', { Provider: 'polar' }); metrics.flush();";
  expect(emitted(add, { POWERTOOLS_METRICS_DISABLED: 'true' })).toEqual([]);
  expect(emitted(add, { POWERTOOLS_METRICS_DISABLED: 'false' })).toHaveLength(1);
});

test.each(Object.entries(metricCatalogue))('%s is told to operators', async (name, { by }) => {
  const manual = await readFile(new URL('../../docs/operating.md', import.meta.url), 'utf8');
  expect(manual).toMatch(new RegExp(`^\\| \`${name}\` +\\| ${by.join(', ')}\\b`, 'm'));
});

test('no metric is named by anything that there is no end of, such as a revocation', () => {
  const dimensions = new Set(Object.values(metricCatalogue).flatMap(({ by }) => [...by]));
  expect([...dimensions].sort()).toEqual(['Outcome', 'Provider', 'Reason', 'Source', 'Verdict']);
});
