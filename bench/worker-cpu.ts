/**
 * What Rescind's worker costs in CPU on top of the calls themselves.
 *
 *   node bench/worker-cpu.ts [--jobs N] [--rounds N]
 *
 * Two child processes do the same revocations at the same sandbox, in turn, and report their own CPU
 * time: one is a bare loop over fetch, the other the worker (open, pace, send, judge, write down).
 * Provider and emulators run in this process, so their CPU is in neither figure.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../local/emulators.ts';
import { createGuard } from '../local/guard.ts';
import { startSandbox } from '../local/sandbox/index.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { createTable } from '../local/table.ts';
import { newRevocationId } from '../shared/domain/revocation.ts';
import { cutSlices } from '../shared/domain/slice.ts';
import { seal } from '../shared/sealing/envelope.ts';
import { fingerprint } from '../shared/sealing/fingerprint.ts';
import { generateSealingKeys, parseSealingKeys } from '../shared/sealing/keys.ts';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '5' },
  },
});
const jobCount = Number(values.jobs);

const directory = await mkdtemp(join(tmpdir(), 'rescind-bench-'));
const guard = createGuard();
const sandbox = await startSandbox('polar');
const sealingKeys = generateSealingKeys();
const keys = parseSealingKeys(sealingKeys);
const dynamoDb = await startDynamoDb(join(directory, 'table'), guard);
const secretsManager = await startSecretsManager(
  async (name) => (name.endsWith('sealing-keys') ? sealingKeys : JSON.stringify(sandbox.secret)),
  guard,
);
const credentials = { accessKeyId: guard.accessKeyId, secretAccessKey: 'local' };
await createTable(
  new DynamoDBClient({ region: 'us-east-1', endpoint: dynamoDb.url, credentials }),
  'rescind',
);
const providersFile = join(directory, 'providers.json');
await writeFile(providersFile, JSON.stringify({ providers: [sandbox.provider] }));

/** Queue messages as the API makes them. */
async function messages(tokens: readonly string[]): Promise<string[]> {
  const slices = [];
  for (let start = 0; start < tokens.length; start += 500) {
    const jobs = tokens.slice(start, start + 500).map((token, index) => ({
      index,
      provider: 'polar',
      token,
      fingerprint: fingerprint(token, keys),
    }));
    slices.push(...cutSlices(newRevocationId(), 0, jobs));
  }
  return Promise.all(
    slices.map(async ({ jobs, ...identity }) => {
      const sealed = await seal(
        identity,
        jobs.map(({ index, token }) => ({ index, token })),
        keys,
      );
      const clear = jobs.map(({ index, fingerprint }) => ({ index, fingerprint }));
      const acceptedAt = Math.floor(Date.now() / 1000);
      return JSON.stringify({ v: 2, ...identity, redrives: 0, acceptedAt, jobs: clear, sealed });
    }),
  );
}

/** Microseconds of CPU a job, as the child measures them after warming up. */
async function measure(mode: 'bare' | 'worker'): Promise<number> {
  const warm = (await sandbox.issue({ count: 500 })).map(({ token }) => token);
  const tokens = (await sandbox.issue({ count: jobCount })).map(({ token }) => token);
  const child = fork(new URL('./worker-cpu-child.ts', import.meta.url), [mode], {
    env: {
      ...process.env,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: guard.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:9',
      RESCIND_TABLE: 'rescind',
      RESCIND_PROVIDERS_FILE: providersFile,
      RESCIND_QUEUE_URL_PREFIX: 'http://127.0.0.1:9/lane-',
      RESCIND_LANE: 'polar',
    },
  });
  child.send({
    url: `${sandbox.url}/v1/oauth2/revoke`,
    secret: sandbox.secret,
    warm: { tokens: warm, messages: mode === 'worker' ? await messages(warm) : [] },
    measured: { tokens, messages: mode === 'worker' ? await messages(tokens) : [] },
  });
  const [microseconds]: unknown[] = await once(child, 'message');
  await once(child, 'exit');
  const alive = await sandbox.alive(tokens);
  if (alive.length > 0) throw new Error(`${mode}: ${alive.length} tokens are still alive`);
  return Number(microseconds) / jobCount;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const rounds = [];
for (let round = 0; round < Number(values.rounds); round += 1) {
  const bare = await measure('bare');
  const worker = await measure('worker');
  rounds.push({ bare, worker, ratio: worker / bare });
  console.log(
    `bare ${bare.toFixed(0)} µs, worker ${worker.toFixed(0)} µs a job: ${(worker / bare).toFixed(2)}`,
  );
}
console.log(`median ratio ${median(rounds.map(({ ratio }) => ratio)).toFixed(2)}`);

await Promise.all([sandbox.close(), dynamoDb.close(), secretsManager.close()]);
