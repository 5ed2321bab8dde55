import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createClient } from '../../local/client.ts';
import { startStack, tableName } from '../../local/stack.ts';
import { createMeter } from '../../test/support/meter.ts';
import type { ScriptedProvider } from '../../test/support/scripted-provider.ts';
import { writeConfiguration } from '../../test/support/stack.ts';
import { until } from '../../test/support/until.ts';
import { requestsOf, type Scenario } from './scenario.ts';
import { addInvocation, type Measured, noInvocations, storedIn } from './usage.ts';

/** Runs a scenario through Rescind's own functions on the embedded stack. */
export async function measureRescind(
  scenario: Scenario,
  jobs: number,
  providers: readonly ScriptedProvider[],
): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'rescind-cost-'));
  await using meter = createMeter();
  const configuration = await writeConfiguration(directory, {
    // The retries that a provider has by default, rather than a test's quick ones.
    providers: providers.map(({ entry }) => ({ ...entry, retry: {} })),
    secrets: Object.fromEntries(providers.map(({ entry, secret }) => [entry.id, secret])),
  });
  const api = noInvocations();
  const worker = noInvocations();
  let printed = '';
  const stack = await startStack({
    port: 0,
    dataDirectory: join(directory, 'data'),
    ...configuration,
    logLevel: 'INFO',
    tap: meter.tap,
    onInvoked: (name, milliseconds) => addInvocation(name === 'api' ? api : worker, milliseconds),
    output: new Writable({
      write: (chunk: Buffer, _encoding, written) => {
        printed += chunk.toString();
        written();
      },
    }),
  });
  try {
    const client = createClient(stack.url, stack.apiKey);
    const ids: string[] = [];
    meter.begin();
    const began = performance.now();
    for (const request of requestsOf(scenario, jobs)) {
      const key = scenario.idempotent ? randomUUID() : undefined;
      ids.push((await client.submit({ jobs: request }, key)).id);
    }
    await until('every slice to be done', meter.drained, 600);
    const seconds = (performance.now() - began) / 1000;
    const usage = structuredClone({
      jobs,
      apiRequests: ids.length,
      tally: meter.read(),
      api,
      worker,
      logBytes: Buffer.byteLength(printed),
      seconds,
    });
    const sofar = printed;

    let revoked = 0;
    for (const id of ids) revoked += (await client.revocation(id)).counts.revoked;
    if (revoked !== jobs) throw new Error(`only ${revoked} of ${jobs} jobs were revoked`);
    const { AWS_ACCESS_KEY_ID = '', AWS_ENDPOINT_URL_DYNAMODB = '' } = stack.env;
    const table = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: AWS_ENDPOINT_URL_DYNAMODB,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: 'local' },
    });
    const stored = await storedIn(table, tableName);
    table.destroy();
    return { usage: { ...usage, stored }, printed: sofar };
  } finally {
    await stack.close();
    await rm(directory, { recursive: true, force: true });
  }
}
