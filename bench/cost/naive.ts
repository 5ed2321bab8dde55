import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startDynamoDb, startSqs } from '../../local/emulators.ts';
import { startEventSource } from '../../local/event-source.ts';
import { createGuard } from '../../local/guard.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { createMeter } from '../../test/support/meter.ts';
import type { ScriptedProvider } from '../../test/support/scripted-provider.ts';
import { until } from '../../test/support/until.ts';
import { createNaive, type Variant } from './naive-functions.ts';
import { requestsOf, type Scenario } from './scenario.ts';
import { addInvocation, type Measured, noInvocations, storedIn } from './usage.ts';

const tableName = 'naive';
const queueName = 'naive';
/** As many workers at once as the embedded stack gives a lane. */
const concurrency = 2;

/** Runs a scenario through the naive functions, on the emulators that Rescind's runs use. */
export async function measureNaive(
  variant: Variant,
  scenario: Scenario,
  jobs: number,
  providers: readonly ScriptedProvider[],
): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'naive-cost-'));
  await using meter = createMeter();
  const guard = createGuard();
  const secrets = new Map(
    providers.map(({ entry, secret }) => [`rescind/providers/${entry.id}`, JSON.stringify(secret)]),
  );
  const emulators = await Promise.all([
    startSqs(join(directory, 'queues'), guard),
    startDynamoDb(join(directory, 'table'), guard),
    startSecretsManager(async (name) => secrets.get(name), guard),
  ]);
  const settings = {
    region: 'us-east-1',
    credentials: { accessKeyId: guard.accessKeyId, secretAccessKey: 'local' },
  };
  const endpoints = [
    await meter.tap('SQS', emulators[0].url),
    await meter.tap('DYNAMODB', emulators[1].url),
    await meter.tap('SECRETS_MANAGER', emulators[2].url),
  ] as const;
  const sqs = new SQSClient({ ...settings, endpoint: endpoints[0] });
  const dynamoDb = new DynamoDBClient({ ...settings, endpoint: endpoints[1] });
  const secretsManager = new SecretsManagerClient({ ...settings, endpoint: endpoints[2] });
  await createTable(dynamoDb);
  await sqs.send(
    new CreateQueueCommand({ QueueName: queueName, Attributes: { VisibilityTimeout: '20' } }),
  );
  const queueUrl = `${endpoints[0]}/000000000000/${queueName}`;

  let printed = '';
  const naive = createNaive({
    variant,
    dynamoDb,
    sqs,
    secretsManager,
    tableName,
    queueUrl,
    endpoints: new Map(providers.map(({ entry }) => [entry.id, `${entry.baseUrl}/revoke`])),
    log: (line) => {
      printed += `${line}\n`;
    },
  });
  const api = noInvocations();
  const worker = noInvocations();
  const timed = async <Result>(of: typeof api, run: () => Promise<Result>): Promise<Result> => {
    const began = performance.now();
    const result = await run();
    addInvocation(of, performance.now() - began);
    return result;
  };
  const source = startEventSource({
    client: sqs,
    queueUrl,
    queueName,
    batchSize: 10,
    concurrency,
    invoke: (event) => timed(worker, () => naive.work(event)),
  });
  try {
    const requests = requestsOf(scenario, jobs);
    meter.begin();
    const began = performance.now();
    for (const [index, request] of requests.entries()) {
      await timed(api, () => naive.intake(`rev_${String(index).padStart(26, '0')}`, request));
    }
    await until('every message to be done', meter.drained, 600);
    const seconds = (performance.now() - began) / 1000;
    const tally = meter.read();
    const stored = await storedIn(dynamoDb, tableName);
    if (stored.items !== jobs) throw new Error(`${stored.items} rows of ${jobs} jobs`);
    const logBytes = Buffer.byteLength(printed);
    const usage = {
      jobs,
      apiRequests: requests.length,
      tally,
      api,
      worker,
      logBytes,
      stored,
      seconds,
    };
    return { usage, printed };
  } finally {
    await source.stop();
    for (const client of [sqs, dynamoDb, secretsManager]) client.destroy();
    await Promise.all(emulators.map((emulator) => emulator.close()));
    await rm(directory, { recursive: true, force: true });
  }
}

async function createTable(client: DynamoDBClient): Promise<void> {
  const string = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' }) as const;
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [string('pk'), string('sk')],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 0.05 }, { TableName: tableName });
}
