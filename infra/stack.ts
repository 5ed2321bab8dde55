import { CfnOutput, Fn, Stack, type StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Config } from '../shared/config.ts';
import type { Catalog } from '../shared/providers/catalog.ts';
import { Api } from './api.ts';
import { deployedProvidersFile, type FunctionCode } from './code.ts';
import type { Settings } from './context.ts';
import { DeadLetters } from './dead-letters.ts';
import { Lane } from './lane.ts';
import { Store } from './store.ts';

export interface RescindStackProps extends StackProps {
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly code: FunctionCode;
}

/** All of one stage: the table, a lane for each provider, their dead letters, and the API. */
export class RescindStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { settings, catalog, code, ...props }: RescindStackProps,
  ) {
    super(scope, id, {
      description: 'Rescind: revokes third-party OAuth tokens',
      // Deleting it would forget what is still on the lanes.
      terminationProtection: settings.durable,
      ...props,
    });
    const store = new Store(this, 'Store', settings);
    const common = {
      RESCIND_TABLE: store.table.tableName,
      RESCIND_RETENTION_DAYS: String(settings.retentionDays),
    };
    const deadLetters = new DeadLetters(this, 'DeadLetters', {
      settings,
      store,
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
    const lanes = new Construct(this, 'Lanes');
    const queues = [...catalog.values()].map(({ entry }) => {
      const deadLetterQueue = deadLetters.queue;
      const props = { settings, store, deadLetterQueue, environment, entry };
      return new Lane(lanes, entry.id, { ...props, code: code.worker }).queue;
    });
    const api = new Api(this, 'Api', {
      settings,
      store,
      environment,
      code: code.api,
      lanes: queues,
    });

    new CfnOutput(this, 'ApiUrl', { value: api.url });
    new CfnOutput(this, 'TableName', { value: store.table.tableName });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: deadLetters.queue.queueUrl });
    new CfnOutput(this, 'QueueUrlPrefix', { value: queueUrlPrefix });
  }
}

/**
 * What every lane's queue URL begins with. Taken from a URL that SQS itself has given, because the
 * SDK calls whatever host the URL names, and that differs by partition and by emulator.
 */
const lanePrefix = (deadLetterQueueUrl: string): string =>
  `${Fn.select(0, Fn.split('-dead-letters', deadLetterQueueUrl))}-lane-`;
