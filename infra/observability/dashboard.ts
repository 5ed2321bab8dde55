import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Dashboard, PeriodOverride, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Settings } from '../context.ts';
import { completionWidgets } from './completion-widgets.ts';
import { laneWidgets } from './lane-widgets.ts';
import { stageWidgets } from './stage-widgets.ts';
import { webhookWidgets } from './webhook-widgets.ts';

/** One lane, as the dashboard shows it. */
export interface ShownLane {
  /** The provider's id. */
  readonly provider: string;
  readonly queue: IQueue;
  readonly worker: IFunction;
}

/** What a stage's dashboard shows. */
export interface Shown {
  readonly lanes: readonly ShownLane[];
  readonly api: { readonly http: HttpApi; readonly handler: IFunction };
  readonly deadLetters: { readonly queue: IQueue; readonly parker: IFunction };
  readonly report: { readonly handler: IFunction };
  readonly table: Table;
  /** Only where somebody is told of completions. */
  readonly completion?: {
    readonly handler: IFunction;
    readonly queue: IQueue;
    readonly undelivered: IQueue;
  };
  /** Only where there are sources of webhooks. */
  readonly webhook?: { readonly handler: IFunction; readonly sources: readonly string[] };
}

/** The widest that a row of a dashboard is. */
const width = 24;

/** One dashboard for the stage: a few rows of it as a whole, then one row for each lane. */
export function createDashboard(
  scope: Construct,
  { prefix, stage }: Pick<Settings, 'prefix' | 'stage'>,
  shown: Shown,
): Dashboard {
  const title = (markdown: string) => new TextWidget({ markdown, width, height: 1 });
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: prefix,
    // Each graph in its own period: sums over another one would look like more or less work.
    periodOverride: PeriodOverride.INHERIT,
  });
  dashboard.addWidgets(title(`## Rescind, ${stage}`));
  for (const row of stageWidgets(stage, shown)) dashboard.addWidgets(...row);
  if (shown.completion !== undefined) dashboard.addWidgets(...completionWidgets(shown.completion));
  if (shown.webhook !== undefined) dashboard.addWidgets(...webhookWidgets(stage, shown.webhook));
  for (const lane of shown.lanes) {
    dashboard.addWidgets(title(`### Lane of ${lane.provider}`));
    dashboard.addWidgets(...laneWidgets(stage, lane));
  }
  return dashboard;
}
