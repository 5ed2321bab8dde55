/**
 * Whether a lane's workers together keep to its rate, and how close they come to it.
 *
 *   node bench/pace.ts [--jobs N] [--rate N] [--burst N] [--workers N] [--latency MS]
 *
 * Workers are processes of their own that share one table and one queue. The provider is another
 * process, and refuses with a 429 whatever comes faster than the rate. The drain is timed from before
 * the first slice is queued until the last token is dead.
 */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { startDynamoDb, startSqs } from '../local/emulators.ts';
import { createGuard } from '../local/guard.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { createTable } from '../local/table.ts';
import { newRevocationId } from '../shared/domain/revocation.ts';
import { cutSlices, type SliceMessage, sliceFormat } from '../shared/domain/slice.ts';
import { visibilityTimeoutSeconds } from '../shared/queue/lane-settings.ts';
import { createLanes } from '../shared/queue/lanes.ts';
import { seal } from '../shared/sealing/envelope.ts';
import { fingerprint } from '../shared/sealing/fingerprint.ts';
import { generateSealingKeys, parseSealingKeys } from '../shared/sealing/keys.ts';
import { remoteProvider } from '../test/blackbox/provider.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '2000' },
    rate: { type: 'string', default: '50' },
    burst: { type: 'string', default: '10' },
    workers: { type: 'string', default: '8' },
    latency: { type: 'string', default: '20' },
    unconfigured: { type: 'boolean', default: false },
  },
});
const [jobs, rate, burst, workers, latencyMs] = [
  values.jobs,
  values.rate,
  values.burst,
  values.workers,
  values.latency,
].map(Number) as [number, number, number, number, number];

const directory = await mkdtemp(join(tmpdir(), 'rescind-pace-'));
const guard = createGuard();
const sandbox = spawn(
  process.execPath,
  [new URL('../local/sandbox/main.ts', import.meta.url).pathname, '--kind', 'polar'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const [line]: unknown[] = await once(sandbox.stdout.setEncoding('utf8'), 'data');
const baseUrl = /http:\S+/.exec(String(line))?.[0] ?? '';
const provider = remoteProvider('polar', baseUrl);
const secret = await provider.secret();

const sealingKeys = generateSealingKeys();
const keys = parseSealingKeys(sealingKeys);
const [dynamoDb, sqs, secretsManager] = await Promise.all([
  startDynamoDb(join(directory, 'table'), guard),
  startSqs(directory, guard),
  startSecretsManager(
    async (name) => (name.endsWith('sealing-keys') ? sealingKeys : JSON.stringify(secret)),
    guard,
  ),
]);
const credentials = { accessKeyId: guard.accessKeyId, secretAccessKey: 'local' };
const region = 'us-east-1';
await createTable(new DynamoDBClient({ region, endpoint: dynamoDb.url, credentials }), 'rescind');
const sqsClient = new SQSClient({ region, endpoint: sqs.url, credentials });
await sqsClient.send(
  new CreateQueueCommand({
    QueueName: 'lane-polar',
    Attributes: { VisibilityTimeout: String(visibilityTimeoutSeconds) },
  }),
);
const queueUrlPrefix = `${sqs.url}/000000000000/lane-`;
const providersFile = join(directory, 'providers.json');
await writeFile(
  providersFile,
  JSON.stringify({
    providers: [
      {
        id: 'polar',
        kind: 'polar',
        baseUrl,
        maxConcurrency: workers,
        ...(!values.unconfigured && { rate: { requestsPerSecond: rate, burst } }),
      },
    ],
  }),
);

/** Queue messages as the API makes them. */
async function slicesOf(tokens: readonly string[]): Promise<SliceMessage[]> {
  const acceptedAt = Math.floor(Date.now() / 1000);
  const parts = Array.from({ length: Math.ceil(tokens.length / 500) }, (_, part) =>
    tokens.slice(part * 500, (part + 1) * 500),
  );
  const slices = parts.flatMap((part) =>
    cutSlices(
      newRevocationId(),
      0,
      part.map((token, index) => ({
        index,
        provider: 'polar',
        token,
        fingerprint: fingerprint(token, keys),
      })),
    ),
  );
  return Promise.all(
    slices.map(async ({ jobs: own, ...identity }) => ({
      v: sliceFormat,
      ...identity,
      redrives: 0,
      acceptedAt,
      jobs: own.map(({ index, fingerprint: name }) => ({ index, fingerprint: name })),
      sealed: await seal(
        identity,
        own.map(({ index, token }) => ({ index, token })),
        keys,
      ),
    })),
  );
}

const children = Array.from({ length: workers }, () =>
  fork(new URL('./pace-worker.ts', import.meta.url), {
    env: {
      ...process.env,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: guard.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      POWERTOOLS_METRICS_DISABLED: 'true',
      POWERTOOLS_LOG_LEVEL: 'WARN',
      RESCIND_TABLE: 'rescind',
      RESCIND_PROVIDERS_FILE: providersFile,
      RESCIND_QUEUE_URL_PREFIX: queueUrlPrefix,
      RESCIND_LANE: 'polar',
    },
  }),
);
await Promise.all(children.map((child) => once(child, 'message')));

const tokens = (await provider.issue({ count: jobs })).map(({ token }) => token);
const slices = await slicesOf(tokens);
await provider.setFaults({ latencyMs, throttle: { requestsPerSecond: rate, burst } });
await provider.resetStats();

const began = performance.now();
await createLanes(sqsClient, queueUrlPrefix).send(slices);
while ((await provider.stats()).calls < jobs) await sleep(100);
while ((await provider.alive(tokens)).length > 0) await sleep(50);
const seconds = (performance.now() - began) / 1000;
const { calls, throttled } = await provider.stats();

console.log(
  `jobs ${jobs}, rate ${rate}/s, burst ${burst}, workers ${workers}, latency ${latencyMs} ms${values.unconfigured ? ', rate not configured' : ''}`,
);
console.log(
  `calls ${calls}, 429s ${throttled} (${((throttled / calls) * 100).toFixed(2)} %), ` +
    `drain ${seconds.toFixed(1)} s = ${((seconds * rate) / jobs).toFixed(3)} x jobs/rate`,
);

const ended = children.map((child) => once(child, 'exit'));
for (const child of children) child.send('stop');
await Promise.all(ended);
sandbox.kill();
sqsClient.destroy();
await Promise.all([dynamoDb.close(), sqs.close(), secretsManager.close()]);
await rm(directory, { recursive: true, force: true });
process.exit(0);
