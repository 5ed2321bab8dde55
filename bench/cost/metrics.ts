import * as z from 'zod';

/** A line in CloudWatch's embedded metric format, as far as it names metrics. */
const embedded = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string() })),
      }),
    ),
  }),
});

/** The custom metrics that a function's output publishes: each by its name and dimensions. */
export function customMetrics(printed: string): Set<string> {
  const found = new Set<string>();
  for (const text of printed.split('\n')) {
    if (!text.includes('"_aws"')) continue;
    const { _aws, ...fields } = embedded.parse(JSON.parse(text));
    for (const { Namespace, Dimensions, Metrics } of _aws.CloudWatchMetrics) {
      for (const names of Dimensions) {
        const place = names.map((name) => `${name}=${fields[name]}`).join(',');
        for (const { Name } of Metrics) found.add(`${Namespace} ${Name} ${place}`);
      }
    }
  }
  return found;
}
