/** One worker of pace.ts: takes batches off the lane's queue, as Lambda would hand them to it. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { workerDependencies } from '../functions/worker/dependencies.ts';
import { workBatch } from '../functions/worker/work-batch.ts';
import { startEventSource } from '../local/event-source.ts';
import { batchSizeOf, workerTimeoutSeconds } from '../shared/queue/lane-settings.ts';

const dependencies = await workerDependencies();
const { entry } = dependencies.provider;
const source = startEventSource({
  client: new SQSClient(),
  queueUrl: (process.env.RESCIND_QUEUE_URL_PREFIX ?? '') + entry.id,
  queueName: entry.id,
  batchSize: batchSizeOf(entry),
  concurrency: 1,
  invoke: (event) => {
    const deadline = Date.now() + workerTimeoutSeconds * 1000;
    return workBatch(event.Records, dependencies, () => deadline - Date.now());
  },
});
process.once('message', async () => {
  await source.stop();
  process.exit(0);
});
process.send?.('ready');
