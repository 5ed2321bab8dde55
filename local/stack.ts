import { pathToFileURL } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { isReportPath } from '../functions/report/endpoints.ts';
import { type Bundle, bundleFunctions, type FunctionName } from '../scripts/bundle.ts';
import {
  completionBatchSize,
  completionTimeoutSeconds,
} from '../shared/completion/queue-settings.ts';
import { loadCatalog } from '../shared/providers/catalog.ts';
import { createTransport } from '../shared/providers/transport.ts';
import {
  batchSizeOf,
  deadLetterBatchSize,
  deadLetterTimeoutSeconds,
  maximumReceives,
  retentionSeconds,
  visibilityTimeoutSeconds,
  workerTimeoutSeconds,
} from '../shared/queue/lane-settings.ts';
import { loadSources } from '../shared/webhooks/sources.ts';
import { webhookPath } from './admission.ts';
import { masterKey, readApiKeys } from './api-keys.ts';
import {
  announcing,
  type CompletionOptions,
  completionQueue,
  createCompletionQueue,
  telling,
} from './completion.ts';
import { openDataDirectory } from './data-directory.ts';
import { startDynamoDb, startSqs } from './emulators.ts';
import { startEventSource } from './event-source.ts';
import { type ProcessOptions, startProcess } from './execution-environment.ts';
import { FunctionHost } from './function-host.ts';
import { createGuard } from './guard.ts';
import { createFront } from './http-front.ts';
import { listenOnLoopback } from './loopback.ts';
import { startSchedule } from './schedule.ts';
import { secretSource } from './secret-source.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { createTable } from './table.ts';
import type { ThrottleSettings } from './throttle.ts';

/** AWS services that the functions reach by endpoint. */
export type Service = 'DYNAMODB' | 'SQS' | 'SECRETS_MANAGER';

export interface StackOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDirectory: string;
  readonly providersFile: string;
  /** `webhooks.json`; without it there are no sources of webhooks. */
  readonly webhooksFile?: string | undefined;
  /** A file with one JSON object from provider id to secret. */
  readonly secretsFile?: string | undefined;
  /** Overrides the key kept in the data directory. */
  readonly apiKey?: string | undefined;
  /** A file of further keys, see `readApiKeys`. */
  readonly apiKeysFile?: string | undefined;
  /** Whether callers see only the revocations that they have asked for; not unless told. */
  readonly ownership?: boolean;
  /** Requests let in; all of them unless told. */
  readonly throttle?: ThrottleSettings;
  /** Who is told of completions; nobody unless told. */
  readonly completion?: CompletionOptions | undefined;
  /** Gets what the functions log. */
  readonly output: NodeJS.WritableStream;
  readonly logLevel?: string | undefined;
  /** Puts something between the functions and a service, given its origin; tests do. */
  readonly tap?: (service: Service, url: string) => Promise<string>;
  /** How often the ledger is swept; once a minute, unless told. */
  readonly sweepSeconds?: number;
  /** The functions' bundles; made anew unless given. */
  readonly bundles?: Readonly<Record<FunctionName, Bundle>> | undefined;
  /** Told of every invocation; the cost benchmark listens. */
  readonly onInvoked?: (name: FunctionName, milliseconds: number) => void;
  /** Runs the functions in processes that can be killed, rather than in threads; given its name. */
  readonly processes?: (name: string) => ProcessOptions;
}

/** The whole of Rescind on one Node process. */
export interface LocalStack {
  readonly url: string;
  readonly apiKey: string;
  readonly apiKeyFile: string;
  /** Kills the threads of one function: a lane's worker by its provider's id. */
  readonly crash: (name: 'api' | 'webhook' | 'dead-letter' | { worker: string }) => Promise<void>;
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

/**
 * @throws ConfigurationFault when `providers.json` or `webhooks.json` does not fit
 * @throws ApiKeysFault when the file of keys does not
 */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const catalog = await loadCatalog(options.providersFile);
  const { apiKeysFile, webhooksFile, ownership = false } = options;
  // Wrong ones are to show here, not when the first call comes.
  if (webhooksFile !== undefined) await loadSources(webhooksFile, catalog, createTransport(1000));
  const keys = apiKeysFile === undefined ? [] : await readApiKeys(apiKeysFile);
  const data = await openDataDirectory(options.dataDirectory, options.apiKey);
  // A folder of this stack's own: another one may be starting from the same sources.
  const bundles = options.bundles ?? (await bundleFunctions(data.functions));
  const guard = createGuard();
  const emulators = await Promise.all([
    startSqs(data.queues, guard),
    startDynamoDb(data.table, guard),
    startSecretsManager(secretSource(data, options.secretsFile), guard),
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
  const { completion } = options;
  const completionQueueUrl = await createCompletionQueue(completion, createQueue);
  const logLevel = (options.logLevel ?? 'WARN').toUpperCase();
  const env = {
    ...aws,
    RESCIND_TABLE: tableName,
    RESCIND_PROVIDERS_FILE: options.providersFile,
    RESCIND_QUEUE_URL_PREFIX: `${queues}/${lanePrefix}`,
    ...announcing(completion, completionQueueUrl),
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
      start: options.processes && startProcess(options.processes),
      ...rest,
    });

  const api = host('api', {
    env: { ...env, RESCIND_OWNERSHIP: String(ownership) },
    concurrency: 100,
    timeoutMs: 30_000,
  });
  const report = host('report', {
    env: { ...env, RESCIND_OWNERSHIP: String(ownership) },
    concurrency: 100,
    timeoutMs: 30_000,
  });
  const webhook =
    webhooksFile === undefined
      ? undefined
      : host('webhook', {
          env: { ...env, RESCIND_WEBHOOKS_FILE: webhooksFile },
          concurrency: 100,
          timeoutMs: 30_000,
        });
  const deadLetter = host('dead-letter', { timeoutMs: deadLetterTimeoutSeconds * 1000 });
  const sweep = host('sweep', {});
  const teller = host('completion', {
    env: { ...env, ...telling(completion) },
    timeoutMs: completionTimeoutSeconds * 1000,
  });
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
  if (completionQueueUrl !== undefined) {
    sources.push(
      startEventSource({
        client: sqsClient,
        queueUrl: completionQueueUrl,
        queueName: completionQueue,
        batchSize: completionBatchSize,
        concurrency: 1,
        invoke: (event) => teller.invoke(event),
      }),
    );
  }
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
  const functionFor = (path: string): FunctionHost => {
    if (path.startsWith(webhookPath)) return webhook ?? api;
    return isReportPath(path) ? report : api;
  };
  const front = createFront({
    keys: [masterKey(data.apiKey), ...keys],
    throttle: options.throttle,
    invoke: (event) => functionFor(event.rawPath).invoke(event),
  });
  const url = await listenOnLoopback(front, options.port);
  await data.publish(url);
  return {
    url,
    apiKey: data.apiKey,
    apiKeyFile: data.apiKeyFile,
    env,
    deadLetterQueueUrl,
    queueUrl: (provider) => `${queues}/${lanePrefix}${provider}`,
    crash: async (name) => {
      if (name === 'api') return api.crash();
      if (name === 'webhook') return webhook?.crash();
      if (name === 'dead-letter') return deadLetter.crash();
      await workers.get(name.worker)?.crash();
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        front.close(() => resolve());
        front.closeIdleConnections();
      });
      await Promise.all([...sources, sweeps].map((source) => source.stop()));
      const hosts = [api, report, webhook, deadLetter, sweep, teller, ...workers.values()];
      await Promise.all(hosts.map((each) => each?.crash()));
      sqsClient.destroy();
      await Promise.all(emulators.map((emulator) => emulator.close()));
      data.release();
    },
  };
}
