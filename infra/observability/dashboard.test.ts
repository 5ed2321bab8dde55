import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { metricCatalogue } from '../../shared/metrics/catalogue.ts';
import { catalogOf } from '../../test/support/catalog.ts';
import { consumedQueue, deadLetters, lane, reportHandler } from '../testing/parts.ts';
import { type Synthesis, synthesise, withWebhooks } from '../testing/synthesis.ts';

const body = z.object({
  widgets: z.array(
    z.object({
      x: z.number(),
      y: z.number(),
      width: z.number(),
      height: z.number(),
      properties: z.object({
        title: z.string().optional(),
        markdown: z.string().optional(),
        metrics: z.array(z.array(z.unknown())).default([]),
      }),
    }),
  ),
});
type Widget = z.infer<typeof body>['widgets'][number];

function widgetsOf(synthesis: Synthesis): Widget[] {
  const { DashboardBody } = synthesis.one('AWS::CloudWatch::Dashboard').properties;
  return body.parse(JSON.parse(String(DashboardBody))).widgets;
}

let stack: Synthesis;
let widgets: Widget[];

beforeAll(async () => {
  stack = await synthesise(withWebhooks);
  widgets = widgetsOf(stack);
});

/** Namespace and name of all that is drawn, with the dimensions as one text. */
const drawn = (some: readonly Widget[]) =>
  some.flatMap(({ properties }) =>
    properties.metrics.map((metric) => metric.filter((part) => typeof part === 'string').join(' ')),
  );

describe('the dashboard', () => {
  it('is one for the stage, under its name', async () => {
    const { properties } = stack.one('AWS::CloudWatch::Dashboard');
    expect(properties.DashboardName).toBe('rescind-production');
    const dev = await synthesise({ stage: 'dev' });
    expect(JSON.stringify(widgetsOf(dev))).not.toContain('Webhook');
    expect(dev.one('AWS::CloudWatch::Dashboard').properties.DashboardName).toBe('rescind-dev');
  });

  it('has a row for each lane, about that lane only', () => {
    for (const provider of ['polar', 'polar-backup', 'mollie']) {
      const own = widgets.filter(({ properties }) => properties.title?.startsWith(`${provider}: `));
      const { consumer } = lane(stack, provider);
      expect(own).toHaveLength(4);
      expect(new Set(own.map(({ y }) => y)).size).toBe(1);
      const itself = [
        `QueueName rescind-production-lane-${provider}`,
        `FunctionName ${consumer.lambda.id}`,
        `Provider ${provider}`,
      ];
      for (const metric of drawn(own)) {
        const dimensions = itself.filter((each) => `${metric} `.includes(`${each} `));
        expect(dimensions, metric).toHaveLength(1);
      }
    }
  });

  it('shows every metric that the functions emit', () => {
    const text = JSON.stringify(widgets);
    for (const name of Object.keys(metricCatalogue))
      expect(text).toMatch(new RegExp(`\\b${name}\\b`));
  });

  it('shows the dead letters, the table and the API', () => {
    const all = drawn(widgets);
    const { id: table } = stack.one('AWS::DynamoDB::Table');
    const { id: api } = stack.one('AWS::ApiGatewayV2::Api');
    const parker = deadLetters(stack).consumer.lambda.id;
    expect(all).toEqual(
      expect.arrayContaining([
        'AWS/SQS ApproximateNumberOfMessagesVisible QueueName rescind-production-dead-letters',
        `AWS/Lambda Duration FunctionName ${parker}`,
        `AWS/Lambda Duration FunctionName ${reportHandler(stack).lambda.id}`,
        `AWS/DynamoDB WriteThrottleEvents TableName ${table}`,
        `AWS/DynamoDB ReadThrottleEvents GlobalSecondaryIndexName listing TableName ${table}`,
        ...['Count', '4xx', '5xx', 'Latency'].map((name) => `AWS/ApiGateway ${name} ApiId ${api}`),
      ]),
    );
  });

  it('shows completions where somebody is told of them', async () => {
    const told = await synthesise({ completionEventBus: 'default' });
    const { consumer } = consumedQueue(told, 'rescind-production-completions');
    expect(drawn(widgetsOf(told))).toEqual(
      expect.arrayContaining([
        'AWS/SQS ApproximateNumberOfMessagesVisible QueueName rescind-production-completions',
        'AWS/SQS ApproximateNumberOfMessagesVisible QueueName rescind-production-completions-undelivered',
        `AWS/Lambda Duration FunctionName ${consumer.lambda.id}`,
      ]),
    );
    expect(JSON.stringify(widgets)).not.toContain('ompletion');
  });

  it.each([1, 38])(
    'has its widgets side by side, and as many as CloudWatch takes: %d lanes',
    async (count) => {
      const ids = Array.from({ length: count }, (_, index) => ({ id: `p${index}`, kind: 'polar' }));
      const placed = widgetsOf(await synthesise({}, await catalogOf(...ids)));
      expect(placed.length).toBeLessThanOrEqual(500);
      const cells = placed.flatMap(({ x, y, width, height }) => {
        expect(x + width).toBeLessThanOrEqual(24);
        return Array.from(
          { length: width * height },
          (_, cell) => `${x + (cell % width)},${y + Math.floor(cell / width)}`,
        );
      });
      expect(new Set(cells).size).toBe(cells.length);
      expect(drawn(placed).length).toBeLessThanOrEqual(2500);
    },
  );
});
