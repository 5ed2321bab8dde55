import { CfnOutput, Fn, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../shared/config.ts';
import type { Catalog } from '../shared/providers/catalog.ts';
import type { Sources } from '../shared/webhooks/sources.ts';
import { Api } from './api.ts';
import { deployedProvidersFile, deployedWebhooksFile, type FunctionCode } from './code.ts';
import { Completion } from './completion.ts';
import type { Settings } from './context.ts';
import { DeadLetters } from './dead-letters.ts';
import { StageKey } from './key.ts';
import { Lane } from './lane.ts';
import { Alarms } from './observability/alarms.ts';
import { createDashboard } from './observability/dashboard.ts';
import { watchOverdue, watchParked } from './observability/stage-alarms.ts';
import { Report } from './report.ts';
import { SealingKeys } from './sealing-keys.ts';
import { Store } from './store.ts';
import { Sweep } from './sweep.ts';
import { Webhook } from './webhook.ts';

export interface RescindStackProps extends StackProps {
  readonly settings: Settings;
  readonly catalog: Catalog;
  /** Sources of webhooks; there may be none. */
  readonly sources: Sources;
  readonly code: FunctionCode;
}

/** All of one stage: the table, a lane for each provider, their dead letters, and the API. */
export class RescindStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, catalog, sources, code, ...props }: RescindStackProps,
  ) {
    super(scope, id, {
      description: 'Rescind: revokes third-party OAuth tokens',
      // Deleting it would forget what is still on the lanes.
      terminationProtection: settings.durable,
      // CloudFormation takes a megabyte, and forty lanes would come near that.
      suppressTemplateIndentation: true,
      ...props,
    });
    const key = new StageKey(this, 'Encryption', settings);
    const alarms = new Alarms(this, 'Alarms', settings, key);
    const store = new Store(this, 'Store', settings, key);
    const common = {
      RESCIND_TABLE: store.table.tableName,
      RESCIND_RETENTION_DAYS: String(settings.retentionDays),
      RESCIND_STAGE: settings.stage,
    };
    const sealingKeys = new SealingKeys(this, 'SealingKeys', {
      settings,
      store,
      key,
      alarms,
      code: code['sealing-keys'],
      environment: {
        RESCIND_TABLE: common.RESCIND_TABLE,
        RESCIND_SECRETS_PREFIX: settings.secretsPrefix,
        RESCIND_KEY_ROTATION_DAYS: String(settings.keyRotationDays),
      },
    });
    const completion =
      settings.completion === undefined
        ? undefined
        : new Completion(this, 'Completion', {
            settings,
            store,
            key,
            alarms,
            completion: settings.completion,
            code: code.completion,
            environment: {
              RESCIND_TABLE: common.RESCIND_TABLE,
              RESCIND_RETENTION_DAYS: common.RESCIND_RETENTION_DAYS,
              RESCIND_SECRETS_PREFIX: settings.secretsPrefix,
            },
          });
    const deadLetters = new DeadLetters(this, 'DeadLetters', {
      settings,
      store,
      key,
      alarms,
      completion,
      providers: [...catalog.keys()],
      code: code['dead-letter'],
      environment: common,
    });
    const queueUrlPrefix = lanePrefix(deadLetters.queue.queueUrl);
    const environment: Record<keyof Config, string> = {
      ...common,
      RESCIND_PROVIDERS_FILE: deployedProvidersFile,
      RESCIND_QUEUE_URL_PREFIX: queueUrlPrefix,
      RESCIND_SECRETS_PREFIX: settings.secretsPrefix,
    };
    const scopeOfLanes = new Construct(this, 'Lanes');
    const lanes = [...catalog.values()].map(
      ({ entry }) =>
        new Lane(scopeOfLanes, entry.id, {
          settings,
          store,
          key,
          alarms,
          environment,
          completion,
          entry,
          deadLetterQueue: deadLetters.queue,
          code: code.worker,
        }),
    );
    const api = new Api(this, 'Api', {
      settings,
      store,
      key,
      alarms,
      environment,
      completion,
      code: code.api,
      lanes: lanes.map(({ queue }) => queue),
    });
    // Workers first: what a new API writes, an old worker might leave alone.
    api.handler.node.addDependency(...lanes.map(({ worker }) => worker));
    const report = new Report(this, 'Report', {
      settings,
      api,
      store,
      key,
      alarms,
      code: code.report,
      environment: {
        RESCIND_TABLE: common.RESCIND_TABLE,
        RESCIND_RETENTION_DAYS: common.RESCIND_RETENTION_DAYS,
        RESCIND_SECRETS_PREFIX: settings.secretsPrefix,
      },
    });
    const webhook =
      sources.size === 0
        ? undefined
        : new Webhook(this, 'Webhook', {
            settings,
            sources,
            api,
            store,
            key,
            alarms,
            environment: { ...environment, RESCIND_WEBHOOKS_FILE: deployedWebhooksFile },
            code: code.webhook,
            lanes: lanes.map(({ queue }) => queue),
          });
    webhook?.handler.node.addDependency(...lanes.map(({ worker }) => worker));
    if (settings.sweepSchedule !== undefined) {
      new Sweep(this, 'Sweep', {
        settings,
        store,
        key,
        alarms,
        completion,
        schedule: settings.sweepSchedule,
        code: code.sweep,
        lanes: lanes.map(({ queue }) => queue),
        environment: {
          ...common,
          RESCIND_PROVIDERS_FILE: deployedProvidersFile,
          RESCIND_QUEUE_URL_PREFIX: queueUrlPrefix,
          RESCIND_SWEEP_MAX_AGE_DAYS: String(settings.sweepMaxAgeDays),
        },
      });
    }
    watchParked(this, alarms, settings.stage);
    watchOverdue(this, alarms, settings.stage);
    createDashboard(this, settings, {
      lanes,
      api,
      deadLetters,
      report,
      table: store.table,
      ...(completion !== undefined && { completion }),
      ...(webhook !== undefined && {
        webhook: { handler: webhook.handler, sources: [...sources.keys()] },
      }),
    });
    for (const [name, value] of Object.entries(settings.tags)) Tags.of(this).add(name, value);

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'TableName', { value: store.table.tableName });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: deadLetters.queue.queueUrl });
    new CfnOutput(this, 'QueueUrlPrefix', { value: queueUrlPrefix });
    new CfnOutput(this, 'KeyRotation', { value: sealingKeys.rotationName });
  }
}

/**
 * What every lane's queue URL begins with. Taken from a URL that SQS itself has given, because the
 * SDK calls whatever host the URL names, and that differs by partition and by emulator.
 */
const lanePrefix = (deadLetterQueueUrl: string): string =>
  `${Fn.select(0, Fn.split('-dead-letters', deadLetterQueueUrl))}-lane-`;
