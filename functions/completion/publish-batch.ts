import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { announcement } from '../../shared/completion/announce.ts';
import { retrySeconds } from '../../shared/completion/queue-settings.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { Visibility, Wait } from '../../shared/queue/visibility.ts';
import { type PublishDependencies, publish } from './publish.ts';

export interface BatchDependencies extends PublishDependencies {
  readonly visibility: Visibility;
}

/** @returns the messages that stay on the queue, to come back after a while */
export async function publishBatch(
  records: readonly SQSRecord[],
  deps: BatchDependencies,
): Promise<SQSBatchResponse> {
  const kept = new Map<string, Wait>();
  await Promise.all(
    records.map(async (record) => {
      if (await isPublished(record, deps)) return;
      const receives = Number(record.attributes.ApproximateReceiveCount);
      const { messageId, receiptHandle } = record;
      kept.set(messageId, { receiptHandle, seconds: retrySeconds(receives) });
    }),
  );
  const unset = await deps.visibility.defer([...kept.values()]);
  if (unset > 0) deps.log('visibility.unset', { count: unset });
  return { batchItemFailures: [...kept.keys()].map((itemIdentifier) => ({ itemIdentifier })) };
}

async function isPublished({ body }: SQSRecord, deps: BatchDependencies): Promise<boolean> {
  const parsed = announcement.safeParse(jsonOf(body));
  if (!parsed.success) {
    deps.log('completion.unreadable');
    return false;
  }
  try {
    return await publish(parsed.data, deps);
  } catch (error) {
    const { revocation, round } = parsed.data;
    deps.log('completion.failed', { revocation, round, ...describeFault(error) });
    return false;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
