import type { SQSRecord } from 'aws-lambda';
import type { Job } from '../../shared/domain/job.ts';
import { epochSeconds } from '../../shared/domain/outcome.ts';
import type { SliceMessage } from '../../shared/domain/slice.ts';
import { readSlice } from '../../shared/domain/slice-formats.ts';
import { maximumAgeSeconds } from '../../shared/queue/lane-settings.ts';
import { open, SealFault } from '../../shared/sealing/envelope.ts';
import { SealingKeysFault } from '../../shared/sealing/keys.ts';
import type { Secrets } from '../../shared/secrets/secrets.ts';
import { receivesOf } from '../../shared/store/delivery-counts.ts';
import type { Slices } from '../../shared/store/slices.ts';
import type { SliceWork } from '../../shared/store/write-down.ts';

/** `unread`: the keys could not be read just now, which is no try. `sealed`: they do not open it. */
export interface Shut {
  readonly kind: 'unread' | 'sealed';
  readonly detail: string;
}

/** One slice as SQS delivered it, opened, with what earlier deliveries wrote down. */
export interface Delivery extends SliceWork {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** Jobs by index; none when the envelope stays shut. */
  readonly jobs: ReadonlyMap<number, Job>;
  /** Whether SQS will soon forget the message, so that what is left must be parked now. */
  readonly overdue: boolean;
  /** When SQS got the message, in epoch milliseconds. */
  readonly sentAt: number;
  /** Why the envelope stays shut; undefined when it opened. */
  readonly shut: Shut | undefined;
  /**
   * Whether an earlier delivery died without writing anything down, or with one job under way. Its
   * jobs are then done one at a time.
   */
  readonly careful: boolean;
  /** Seconds to stay invisible, should any job be left. */
  waitSeconds: number;
}

/** The message is not a slice of this lane. */
export class NotOurs extends Error {
  override readonly name = 'NotOurs';
}

/**
 * Parses and opens a message. The table is read only where an earlier delivery may have written:
 * a first delivery costs no read, and should it be a duplicate its write is merged.
 *
 * @throws NotOurs
 * @throws Newer when a newer version wrote the message or the slice's item
 */
export async function openDelivery(
  record: SQSRecord,
  lane: string,
  { secrets, slices }: { readonly secrets: Secrets; readonly slices: Slices },
): Promise<Delivery> {
  const sentAt = Number(record.attributes.SentTimestamp);
  const message = parseMessage(record.body, sentAt, lane);
  const receives = Number(record.attributes.ApproximateReceiveCount);
  const [{ jobs, shut }, seen] = await Promise.all([
    openJobs(message, secrets),
    receives > 1 || message.redrives > 0 ? slices.read(message) : undefined,
  ]);
  const died = message.jobs.some(({ index }) => {
    const { outcome, crashes, redrives = 0 } = seen?.records.get(index) ?? {};
    // Another message's jobs say nothing about this one.
    return outcome === undefined && crashes !== undefined && redrives === message.redrives;
  });
  const counted = seen && receivesOf(seen, message.redrives);
  const silent = receives > 1 && (counted ?? 0) < receives - 1;
  const leftAlone = silent ? await slices.leftAlone.last(message, record.messageId) : 0;
  return {
    messageId: record.messageId,
    receiptHandle: record.receiptHandle,
    receives,
    message,
    seen,
    jobs,
    shut,
    overdue: isOverdue(sentAt),
    sentAt: sentAt > 0 ? sentAt : Date.now(),
    records: new Map(
      message.jobs.map(({ index, ref, fingerprint, tokenType }) => [
        index,
        seen?.records.get(index) ?? {
          ref,
          fingerprint,
          tokenType,
          attempts: 0,
          at: epochSeconds(),
        },
      ]),
    ),
    careful: died || (silent && leftAlone < receives - 1),
    waitSeconds: 0,
  };
}

/** @param sentAt epoch milliseconds; 0 when an emulator does not tell */
const isOverdue = (sentAt: number): boolean =>
  sentAt > 0 && Date.now() - sentAt > maximumAgeSeconds * 1000;

function parseMessage(body: string, sentAt: number, lane: string): SliceMessage {
  const read = readSlice(body, sentAt);
  switch (read.kind) {
    case 'newer':
      throw read.newer;
    case 'unreadable':
      throw new NotOurs(read.reason);
    case 'slice':
      if (read.message.provider !== lane) throw new NotOurs('a slice of another lane');
      return read.message;
  }
}

async function openJobs(
  message: SliceMessage,
  secrets: Secrets,
): Promise<Pick<Delivery, 'jobs' | 'shut'>> {
  try {
    const sealed = await openWithCurrentKeys(message, secrets);
    const jobs = new Map(sealed.map(({ index, ...job }) => [index, job]));
    const complete = message.jobs.every(({ index }) => jobs.has(index));
    if (complete) return { jobs, shut: undefined };
    const detail = 'the envelope lacks a job that its message names';
    return { jobs: new Map(), shut: { kind: 'sealed', detail } };
  } catch (error) {
    const told = error instanceof SealFault || error instanceof SealingKeysFault;
    const shut: Shut = told
      ? { kind: 'sealed', detail: error.message }
      : { kind: 'unread', detail: 'the sealing keys could not be read' };
    return { jobs: new Map(), shut };
  }
}

async function openWithCurrentKeys(message: SliceMessage, secrets: Secrets) {
  try {
    return await open(message, message.sealed, await secrets.sealingKeys());
  } catch (error) {
    if (!(error instanceof SealFault) || error.code !== 'unknown_key') throw error;
    // Sealed with a key added since this worker read them.
    return open(message, message.sealed, await secrets.sealingKeys({ fresh: true }));
  }
}

/**
 * Indexes of the jobs that have no outcome yet, least tried first so that none is starved. Jobs that
 * the ledger has sent again since are the newer message's.
 */
export function pendingIndexes({ message, records }: Delivery): number[] {
  return message.jobs
    .map(({ index }) => index)
    .filter((index) => {
      const record = records.get(index);
      return record?.outcome === undefined && (record?.redrives ?? 0) <= message.redrives;
    })
    .sort((a, b) => (records.get(a)?.attempts ?? 0) - (records.get(b)?.attempts ?? 0));
}
