import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { epochSeconds, type JobRecord, type ParkReason } from '../../shared/domain/outcome.ts';
import { type SliceMessage, sliceMessage } from '../../shared/domain/slice.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { VersionedSlice } from '../../shared/store/slices.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import type { DeadLetterDependencies } from './dependencies.ts';

/**
 * Takes slices that SQS has given up on: their unfinished jobs are parked in the ledger with the
 * sealed slice as it stands, and only then may SQS delete the message. What is not a slice of ours
 * stays in the dead-letter queue, where its alarm shows it.
 */
export async function parkBatch(
  records: readonly SQSRecord[],
  deps: DeadLetterDependencies,
): Promise<SQSBatchResponse> {
  const kept = await Promise.all(
    records.map(async ({ messageId, body }) => {
      const message = parse(body);
      if (message === undefined) {
        deps.log('dead-letter.unreadable', { messageId });
        return [messageId];
      }
      try {
        await park(message, deps);
        return [];
      } catch (error) {
        const { revocation, slice } = message;
        deps.log('dead-letter.failed', { revocation, slice, ...describeFault(error) });
        return [messageId];
      }
    }),
  );
  return { batchItemFailures: kept.flat().map((itemIdentifier) => ({ itemIdentifier })) };
}

function parse(body: string): SliceMessage | undefined {
  try {
    return sliceMessage.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}

async function park(message: SliceMessage, { stores, log }: DeadLetterDependencies): Promise<void> {
  const seen = await stores.slices.read(message);
  const records = new Map(
    message.jobs.map(({ index, ref, fingerprint }): [number, JobRecord] => {
      const before = seen?.records.get(index) ?? { ref, fingerprint, attempts: 0, at: 0 };
      return [index, parkedRecord(before, seen)];
    }),
  );
  const receives = seen?.receives ?? 0;
  await writeDown({ message, receives, seen, records }, stores);
  const { revocation, slice, provider } = message;
  log('dead-letter.parked', { revocation, slice, provider });
}

function parkedRecord(before: JobRecord, seen: VersionedSlice | undefined): JobRecord {
  if (before.outcome !== undefined) return before;
  return {
    ...before,
    outcome: 'parked',
    reason: reasonOf(before, seen),
    detail: before.detail ?? 'its message was delivered too often',
    at: epochSeconds(),
  };
}

/** Nothing written down, or a job left under way alone, means that the worker died of it. */
function reasonOf({ reason, crashes }: JobRecord, seen: VersionedSlice | undefined): ParkReason {
  if (seen === undefined || crashes !== undefined) return 'crashed';
  return reason ?? 'exhausted';
}
