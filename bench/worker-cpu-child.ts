/** One side of worker-cpu.ts: does the revocations and reports its own CPU time. */
import { workerDependencies } from '../functions/worker/dependencies.ts';
import { workBatch } from '../functions/worker/work-batch.ts';

interface Load {
  readonly tokens: readonly string[];
  readonly messages: readonly string[];
}

interface Orders {
  readonly url: string;
  readonly secret: { readonly clientId: string; readonly clientSecret: string };
  readonly warm: Load;
  readonly measured: Load;
}

/** As many calls at a time as the worker makes. */
const concurrency = 5;

/** What people write today. */
async function bareLoop({ tokens }: Load, { url, secret }: Orders): Promise<void> {
  const queue = tokens.values();
  const lane = async () => {
    for (const token of queue) {
      const body = new URLSearchParams({
        token,
        client_id: secret.clientId,
        client_secret: secret.clientSecret,
      });
      const answer = await fetch(url, { method: 'POST', body });
      await answer.text();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function worker({ messages }: Load): Promise<void> {
  const dependencies = await loaded;
  for (let start = 0; start < messages.length; start += 4) {
    const records = messages.slice(start, start + 4).map((body, index) => ({
      messageId: `${start + index}`,
      receiptHandle: '',
      body,
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: String(Date.now()),
        SenderId: '',
        ApproximateFirstReceiveTimestamp: '',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: '',
      awsRegion: '',
    }));
    const { batchItemFailures } = await workBatch(records, dependencies, () => 120_000);
    if (batchItemFailures.length > 0) throw new Error('a slice failed');
  }
}

const mode = process.argv[2];
const loaded = workerDependencies();

process.once('message', async (orders: Orders) => {
  const run = (load: Load) => (mode === 'bare' ? bareLoop(load, orders) : worker(load));
  await run(orders.warm);
  const before = process.cpuUsage();
  await run(orders.measured);
  const { user, system } = process.cpuUsage(before);
  process.send?.(user + system);
  process.disconnect();
});
