import { pathToFileURL } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { bundleFunctions, type FunctionName } from '../scripts/bundle.ts';
import { loadCatalog } from '../shared/providers/catalog.ts';
import {
  batchSizeOf,
  deadLetterBatchSize,
  deadLetterTimeoutSeconds,
  maximumReceives,
  retentionSeconds,
  visibilityTimeoutSeconds,
  workerTimeoutSeconds,
} from '../shared/queue/lane-settings.ts';
import { openDataDirectory } from './data-directory.ts';
import { startDynamoDb, startSqs } from './emulators.ts';
import { startEventSource } from './event-source.ts';
import { FunctionHost } from './function-host.ts';
import { createGuard } from './guard.ts';
import { createFront } from './http-front.ts';
import { listenOnLoopback } from './loopback.ts';
import { startSchedule } from './schedule.ts';
import { secretSource } from './secret-source.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { createTable } from './table.ts';

/** AWS services that the functions reach by endpoint. */
export type Service = 'DYNAMODB' | 'SQS' | 'SECRETS_MANAGER';

export interface StackOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly providersFile: string;
  /** A file with one JSON object from provider id to secret. */
  readonly secretsFile?: string | undefined;
  /** Overrides the key kept in the data directory. */
  readonly apiKey?: string | undefined;
  /** Gets what the functions log. */
  readonly output: NodeJS.WritableStream;
  readonly logLevel?: string | undefined;
  /** Puts something between the functions and a service, given its origin; tests do. */
  readonly tap?: (service: Service, url: string) => Promise<string>;
  /** How often the ledger is swept; once a minute, unless told. */
  readonly sweepSeconds?: number;
  /** Told of every invocation; the cost benchmark listens. */
  readonly onInvoked?: (name: FunctionName, milliseconds: number) => void;
}

/** The whole of Rescind on one Node process. */
export interface LocalStack {
  readonly url: string;
  readonly apiKey: string;
  readonly apiKeyFile: string;
  /** Kills the threads of one function: a lane's worker by its provider's id. */
  readonly crash: (name: 'api' | 'dead-letter' | { worker: string }) => Promise<void>;
  /** Lets what is under way end, then stops everything. */
  readonly close: () => Promise<void>;
  readonly queueUrl: (provider: string) => string;
  readonly deadLetterQueueUrl: string;
  /** Environment in which an AWS client reaches the stack's services. */
  readonly env: Readonly<Record<string, string>>;
}

export const tableName = 'rescind';
const lanePrefix = 'rescind-lane-';
const deadLetterQueue = 'rescind-dead-letters';
/** Threads one lane's worker may have; the machine is small, and nobody pays for its time. */
const laneConcurrency = 2;

/** @throws ConfigurationFault when `providers.json` does not fit */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const catalog = await loadCatalog(options.providersFile);
  const data = await openDataDirectory(options.dataDirectory, options.apiKey);
  // A folder of this stack's own: another one may be starting from the same sources.
  const bundles = await bundleFunctions(data.functions);
  const guard = createGuard();
  const emulators = await Promise.all([
    startSqs(data.queues, guard),
    startDynamoDb(data.table, guard),
    startSecretsManager(secretSource(data.sealingKeys, options.secretsFile), guard),
  ]);
  const [sqs, dynamoDb, secretsManager] = emulators;
  const tap = options.tap ?? (async (_, url) => url);
  const aws = {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: guard.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: await tap('SQS', sqs.url),
    AWS_ENDPOINT_URL_DYNAMODB: await tap('DYNAMODB', dynamoDb.url),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: await tap('SECRETS_MANAGER', secretsManager.url),
  };
  const queues = `${aws.AWS_ENDPOINT_URL_SQS}/000000000000`;
  const credentials = { accessKeyId: guard.accessKeyId, secretAccessKey: 'local' };
  const sqsClient = new SQSClient({
    region: 'us-east-1',
    endpoint: aws.AWS_ENDPOINT_URL_SQS,
    credentials,
  });
  const dynamoClient = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: dynamoDb.url,
    credentials,
  });
  await createTable(dynamoClient, tableName);
  dynamoClient.destroy();

  const createQueue = async (QueueName: string, Attributes: Record<string, string>) => {
    await sqsClient.send(new CreateQueueCommand({ QueueName, Attributes }));
    return `${queues}/${QueueName}`;
  };
  const deadLetterQueueUrl = await createQueue(deadLetterQueue, {
    MessageRetentionPeriod: String(retentionSeconds),
    VisibilityTimeout: String(6 * deadLetterTimeoutSeconds),
  });
  const logLevel = (options.logLevel ?? 'WARN').toUpperCase();
  const env = {
    ...aws,
    RESCIND_TABLE: tableName,
    RESCIND_PROVIDERS_FILE: options.providersFile,
    RESCIND_QUEUE_URL_PREFIX: `${queues}/${lanePrefix}`,
    POWERTOOLS_LOG_LEVEL: logLevel,
    // Metrics are lines like others: of use to whoever has asked for more than warnings.
    POWERTOOLS_METRICS_DISABLED: String(!['DEBUG', 'INFO'].includes(logLevel)),
  };
  const host = (name: FunctionName, rest: Partial<ConstructorParameters<typeof FunctionHost>[0]>) =>
    new FunctionHost({
      name,
      entry: pathToFileURL(bundles[name].entry).href,
      env,
      timeoutMs: workerTimeoutSeconds * 1000,
      environments: 1,
      concurrency: 1,
      output: options.output,
      onInvoked: (milliseconds) => options.onInvoked?.(name, milliseconds),
      ...rest,
    });

  const api = host('api', { concurrency: 100, timeoutMs: 30_000 });
  const deadLetter = host('dead-letter', { timeoutMs: deadLetterTimeoutSeconds * 1000 });
  const sweep = host('sweep', {});
  const workers = new Map<string, FunctionHost>();
  const sources = [
    startEventSource({
      client: sqsClient,
      queueUrl: deadLetterQueueUrl,
      queueName: deadLetterQueue,
      batchSize: deadLetterBatchSize,
      concurrency: 1,
      invoke: (event) => deadLetter.invoke(event),
    }),
  ];
  for (const { entry } of catalog.values()) {
    const queueName = lanePrefix + entry.id;
    const queueUrl = await createQueue(queueName, {
      MessageRetentionPeriod: String(retentionSeconds),
      VisibilityTimeout: String(visibilityTimeoutSeconds),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueue}`,
        maxReceiveCount: maximumReceives,
      }),
    });
    const worker = host('worker', {
      env: { ...env, RESCIND_LANE: entry.id },
      environments: laneConcurrency,
    });
    workers.set(entry.id, worker);
    sources.push(
      startEventSource({
        client: sqsClient,
        queueUrl,
        queueName,
        batchSize: batchSizeOf(entry),
        concurrency: laneConcurrency,
        invoke: (event) => worker.invoke(event),
      }),
    );
  }

  const sweeps = startSchedule(options.sweepSeconds ?? 60, () => sweep.invoke({}));
  const front = createFront({ apiKey: data.apiKey, invoke: (event) => api.invoke(event) });
  const url = await listenOnLoopback(front, options.port);
  return {
    url,
    apiKey: data.apiKey,
    apiKeyFile: data.apiKeyFile,
    env,
    deadLetterQueueUrl,
    queueUrl: (provider) => `${queues}/${lanePrefix}${provider}`,
    crash: async (name) => {
      if (name === 'api') return api.crash();
      if (name === 'dead-letter') return deadLetter.crash();
      await workers.get(name.worker)?.crash();
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
        front.closeIdleConnections();
      });
      await Promise.all([...sources, sweeps].map((source) => source.stop()));
      await Promise.all([api, deadLetter, sweep, ...workers.values()].map((each) => each.crash()));
      sqsClient.destroy();
      await Promise.all(emulators.map((emulator) => emulator.close()));
      data.release();
    },
  };
}
