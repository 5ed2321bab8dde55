import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { workerDependencies } from './dependencies.ts';
import { workBatch } from './work-batch.ts';

// Awaited while Lambda initialises: a wrong configuration fails the cold start, visibly.
const dependencies = await workerDependencies();

/** A lane's worker: SQS event in, the messages to keep out. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(
  (event: SQSEvent, context: Context) =>
    workBatch(event.Records, dependencies, () => context.getRemainingTimeInMillis()),
);
