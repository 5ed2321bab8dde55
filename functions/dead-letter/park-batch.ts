import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { describeNewer, Newer } from '../../shared/domain/newer.ts';
import {
  endedUnverified,
  epochSeconds,
  isAccepted,
  type JobRecord,
} from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { readSlice } from '../../shared/domain/slice-formats.ts';
import { describeFault } from '../../shared/log/logger.ts';
import { receivesOf } from '../../shared/store/delivery-counts.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import type { DeadLetterDependencies } from './dependencies.ts';

/**
 * Takes slices that SQS has given up on: their unfinished jobs are parked in the ledger with the
 * sealed slice as it stands, and only then may SQS delete the message. What is not a slice of ours
 * stays in the dead-letter queue, where its alarm shows it, and so does what a newer version wrote.
 */
export async function parkBatch(
  records: readonly SQSRecord[],
  deps: DeadLetterDependencies,
): Promise<SQSBatchResponse> {
  const kept = await Promise.all(
    records.map(async (record) => ((await parkRecord(record, deps)) ? [] : [record.messageId])),
  );
  deps.metrics.flush();
  return { batchItemFailures: kept.flat().map((itemIdentifier) => ({ itemIdentifier })) };
}

/** @returns whether SQS may delete the message */
async function parkRecord(
  { messageId, body, attributes }: SQSRecord,
  deps: DeadLetterDependencies,
): Promise<boolean> {
  const read = readSlice(body, Number(attributes.SentTimestamp));
  switch (read.kind) {
    case 'unreadable':
      deps.log('dead-letter.unreadable', { messageId, reason: read.reason });
      return false;
    case 'newer':
      deps.log('dead-letter.newer', { messageId, ...describeNewer(read.newer, read.newer.place) });
      return false;
    case 'slice':
      return parkSlice(read.message, messageId, deps);
  }
}

async function parkSlice(
  message: SliceMessage,
  messageId: string,
  deps: DeadLetterDependencies,
): Promise<boolean> {
  try {
    await park(message, messageId, deps);
    return true;
  } catch (error) {
    const { revocation, slice } = message;
    if (error instanceof Newer) {
      deps.log('dead-letter.newer', { messageId, ...describeNewer(error, message) });
    } else {
      deps.log('dead-letter.failed', { revocation, slice, ...describeFault(error) });
    }
    return false;
  }
}

async function park(
  message: SliceMessage,
  messageId: string,
  { stores, log }: DeadLetterDependencies,
): Promise<void> {
  const seen = await stores.slices.read(message);
  // Of jobs that were sent again the slice item is there before their message is.
  const receives = seen && receivesOf(seen, message.redrives);
  const silent = seen === undefined || receives === 0;
  const died = silent && (await stores.slices.leftAlone.last(message, messageId)) === 0;
  const records = new Map(
    message.jobs.map(({ index, ref, fingerprint, tokenType }): [number, JobRecord] => {
      const fresh: JobRecord = { ref, fingerprint, tokenType, attempts: 0, at: 0 };
      const before = seen?.records.get(index) ?? fresh;
      // Sent again since: the newer message has it.
      const elsewhere = (before.redrives ?? 0) > message.redrives;
      return [index, elsewhere ? before : parkedRecord(before, died)];
    }),
  );
  await writeDown({ message, receives: receives ?? 0, seen, records }, stores);
  const { revocation, slice, provider } = message;
  log('dead-letter.parked', { revocation, slice, provider });
}

/** @param died whether nothing was written down, though nobody left the slice alone */
function parkedRecord(before: JobRecord, died: boolean): JobRecord {
  if (before.outcome !== undefined) return before;
  if (isAccepted(before)) return endedUnverified(before, epochSeconds());
  return {
    ...before,
    outcome: 'parked',
    // A job that was left under way alone has killed its worker, too.
    reason: died || before.crashes !== undefined ? 'crashed' : (before.reason ?? 'exhausted'),
    detail: before.detail ?? 'its message was delivered too often',
    at: epochSeconds(),
  };
}
