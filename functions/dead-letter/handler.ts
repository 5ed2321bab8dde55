import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { deadLetterDependencies } from './dependencies.ts';
import { parkBatch } from './park-batch.ts';

const dependencies = deadLetterDependencies();

/** The dead-letter queue's consumer: SQS event in, the messages to keep out. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler((event: SQSEvent) =>
  parkBatch(event.Records, dependencies),
);
