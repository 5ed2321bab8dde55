import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createClient } from '../../local/client.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
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
    secrets: {
      ...Object.fromEntries(providers.map(({ entry, secret }) => [entry.id, secret])),
      'completion/webhook': { secrets: [`whsec_${randomBytes(32).toString('base64')}`] },
    },
  });
  await using endpoint = await startEndpoint();
  const api = noInvocations();
  const worker = noInvocations();
  let printed = '';
  const stack = await startStack({
    port: 0,
    dataDirectory: join(directory, 'data'),
    ...configuration,
    logLevel: 'INFO',
    ...(scenario.told && { completion: { webhook: endpoint.url } }),
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
    const requests = requestsOf(scenario, jobs);
    if (scenario.opened) {
      const { id } = await client.submit({ open: true, jobs: [] });
      const send = sender(stack.url, stack.apiKey);
      for (const [index, request] of requests.entries()) {
        await send('PUT', `/v1/revocations/${id}/parts/${index + 1}`, { jobs: request });
      }
      await send('POST', `/v1/revocations/${id}/close`, { parts: requests.length + 1 });
      ids.push(id);
    } else {
      for (const request of requests) {
        const key = scenario.idempotent ? randomUUID() : undefined;
        ids.push((await client.submit({ jobs: request }, key)).id);
      }
    }
    await until('every slice to be done', meter.drained, 600);
    if (scenario.told) {
      await until('everybody to be told', () => endpoint.calls() >= ids.length, 60);
      await until('every completion to be done', meter.drained, 60);
    }
    const seconds = (performance.now() - began) / 1000;
    const usage = structuredClone({
      jobs,
      apiRequests: scenario.opened ? requests.length + 2 : ids.length,
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

/** An endpoint that takes every completion. */
async function startEndpoint() {
  let calls = 0;
  const server = createServer((_, response) => {
    calls += 1;
    response.writeHead(204).end();
  });
  return {
    url: await listenOnLoopback(server, 0),
    calls: () => calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const sender =
  (url: string, apiKey: string) =>
  async (method: string, path: string, body: unknown): Promise<void> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} was answered ${answer.status}`);
  };
