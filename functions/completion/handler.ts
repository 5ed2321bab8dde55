import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { completionDependencies } from './dependencies.ts';
import { publishBatch } from './publish-batch.ts';

const dependencies = completionDependencies();

/** The consumer of completions: SQS event in, the messages to keep out. */
export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  publishBatch(Records, dependencies);
