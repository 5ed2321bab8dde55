import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { workerDependencies } from './dependencies.ts';
import { workBatch } from './work-batch.ts';

// Begun while Lambda initialises. A wrong configuration is a rejection that nobody handles, which
// ends the process, visibly. Not awaited here: some runtimes `require` what they run.
const dependencies = workerDependencies();

/** A lane's worker: SQS event in, the messages to keep out. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(
  async (event: SQSEvent, context: Context) =>
    workBatch(event.Records, await dependencies, () => context.getRemainingTimeInMillis()),
);
