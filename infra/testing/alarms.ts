import * as z from 'zod';
import type { Synthesis } from './synthesis.ts';

/** An alarm on one metric, which all of ours are: emulators of AWS know no metric math. */
export interface AlarmPart {
  readonly name: string;
  readonly description: string;
  /** Anchor of the section in docs/operating.md that its description names. */
  readonly section: string | undefined;
  /** Namespace and name. */
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** All of the alarm. */
  readonly properties: Readonly<Record<string, unknown>>;
}

const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
});

export const alarmsOf = (synthesis: Synthesis): AlarmPart[] =>
  synthesis.all('AWS::CloudWatch::Alarm').map(({ properties }) => {
    const { AlarmName, AlarmDescription, Namespace, MetricName, Dimensions } =
      alarm.parse(properties);
    return {
      name: AlarmName,
      description: AlarmDescription,
      section: / More: docs\/operating\.md#([a-z0-9-]+)$/.exec(AlarmDescription)?.[1],
      metric: `${Namespace} ${MetricName}`,
      dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
      properties,
    };
  });
