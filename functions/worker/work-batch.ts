import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { backoffSeconds, visibilitySeconds } from '../../shared/domain/backoff.ts';
import { jobId } from '../../shared/domain/job.ts';
import { Newer } from '../../shared/domain/newer.ts';
import { epochSeconds, triesOf } from '../../shared/domain/outcome.ts';
import { settle } from '../../shared/domain/settle.ts';
import { readSlice } from '../../shared/domain/slice-formats.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { Reservation } from '../../shared/pace/pace.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import { workCarefully } from './careful.ts';
import { type Delivery, NotOurs, openDelivery, pendingIndexes } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import { type LaneWatch, watchLane } from './lane.ts';
import { leaveNewer, newerSeconds } from './leave-newer.ts';
import { createSlots, runPaced, type Slots } from './pool.ts';
import { expire, leaveShut, postpone } from './put-off.ts';
import { answersOf, recordOf } from './record.ts';
import { tryJob } from './try-job.ts';

/** Kept free at the end of an invocation for writing down what the last calls came to. */
const writingMs = 5000;
/** Most calls one job can make: revoke, discovery (2) and revoke with a fresh secret, introspect. */
const callsPerJob = 5;

/** A batch under way. */
interface Batch {
  readonly deliveries: readonly Delivery[];
  /** Message ids that SQS shall keep. */
  readonly failures: Set<string>;
  /** Receipt handles of what is left to a newer version. */
  readonly left: Set<string>;
  /** Deliveries that are written down. */
  readonly finished: Set<Delivery>;
}

/**
 * Works through a batch of slices: opens them, takes slots from the lane's pace, tries the jobs,
 * writes each slice down as soon as its last job is done, and reports the slices that have jobs
 * left, with the time they should come back.
 *
 * @param remainingMs time until Lambda ends the invocation
 */
export async function workBatch(
  records: readonly SQSRecord[],
  deps: WorkerDependencies,
  remainingMs: () => number,
): Promise<SQSBatchResponse> {
  const kept = { failures: new Set<string>(), left: new Set<string>() };
  const deliveries = await openAll(records, deps, kept);
  const batch: Batch = { deliveries, ...kept, finished: new Set() };
  const waiting = deliveries.filter(({ expired }) => !expired);
  for (const delivery of deliveries) {
    if (delivery.expired) expire(delivery, deps);
    else if (delivery.shut !== undefined) leaveShut(delivery, delivery.shut, deps);
  }
  const opened = waiting.filter(({ shut }) => shut === undefined);
  const configured = await workOpened(opened, batch, deps, remainingMs);
  measureConfiguration(configured ?? (opened.length < waiting.length ? false : undefined), deps);
  await Promise.all(deliveries.map((delivery) => finish(delivery, batch, deps)));
  return report(batch, deps, records);
}

/** @param configured whether our configuration does; undefined when nothing has told */
function measureConfiguration(
  configured: boolean | undefined,
  { metrics, provider }: WorkerDependencies,
): void {
  if (configured === undefined) return;
  metrics.add('Misconfigured', { Provider: provider.entry.id }, configured ? 0 : 1);
}

/**
 * Takes slots for what is pending and works through it, or puts it off while the lane is shut.
 *
 * @returns whether our credentials and configuration do, as far as this batch has learnt
 */
async function workOpened(
  deliveries: readonly Delivery[],
  batch: Batch,
  deps: WorkerDependencies,
  remainingMs: () => number,
): Promise<boolean | undefined> {
  const { entry } = deps.provider;
  const pending = deliveries.reduce((sum, delivery) => sum + pendingIndexes(delivery).length, 0);
  if (pending === 0) return undefined;
  const startableMs = () => remainingMs() - callsPerJob * entry.timeoutMs - writingMs;
  let reservation: Reservation;
  try {
    reservation = await deps.pace.reserve(pending, startableMs());
  } catch (error) {
    deps.log('pace.failed', describeFault(error));
    for (const delivery of deliveries) {
      delivery.waitSeconds = backoffSeconds(delivery.receives, entry.retry);
    }
    return undefined;
  }
  if (reservation.kind === 'wait') {
    const { until, state } = reservation;
    const full = (state.pausedUntil ?? 0) <= Date.now();
    for (const delivery of deliveries) {
      // Of a lane that is full, whoever has come in vain more often stays away longer.
      const patience = Math.min(entry.retry.maxSeconds, 5 * delivery.receives);
      postpone(delivery, until, full ? undefined : state.pauseReason, full ? patience : 0);
    }
    return !full && state.pauseReason === 'misconfigured' ? false : undefined;
  }
  const watch = watchLane(deps.pace, reservation.state, entry.retry, deps.log);
  await workSlices(deliveries, batch, createSlots(reservation, startableMs), watch, deps);
  await watch.close();
  return watch.configured();
}

/** Opens every message that can be opened; the others stay on the queue. */
async function openAll(
  records: readonly SQSRecord[],
  deps: WorkerDependencies,
  { failures, left }: Pick<Batch, 'failures' | 'left'>,
): Promise<Delivery[]> {
  const opened = records.map(async (record) => {
    try {
      const delivery = await openDelivery(record, deps.provider.entry.id, {
        secrets: deps.secrets,
        slices: deps.stores.slices,
      });
      if (delivery.careful) {
        deps.log('slice.careful', {
          revocation: delivery.message.revocation,
          slice: delivery.message.slice,
          receives: delivery.receives,
        });
      }
      return [delivery];
    } catch (error) {
      failures.add(record.messageId);
      if (error instanceof Newer) {
        const receives = Number(record.attributes.ApproximateReceiveCount);
        left.add(record.receiptHandle);
        await leaveNewer({ messageId: record.messageId, receives }, error, error.place, deps);
        return [];
      }
      const ours = !(error instanceof NotOurs);
      deps.log(ours ? 'slice.failed' : 'slice.unreadable', {
        messageId: record.messageId,
        ...placeIn(record.body),
        reason: ours ? undefined : error.message,
        ...describeFault(error),
      });
      return [];
    }
  });
  return (await Promise.all(opened)).flat();
}

/** Which slice a message that could not be opened holds, if it holds one. */
function placeIn(body: string): { revocation?: string; slice?: number } {
  const read = readSlice(body, 0);
  if (read.kind !== 'slice') return {};
  const { revocation, slice } = read.message;
  return { revocation, slice };
}

/** Tries the jobs: ordinary slices several jobs at a time, then careful ones job by job. */
async function workSlices(
  deliveries: readonly Delivery[],
  batch: Batch,
  slots: Slots,
  watch: LaneWatch,
  deps: WorkerDependencies,
): Promise<void> {
  const attempt = (delivery: Delivery, index: number) => attemptJob(delivery, index, watch, deps);
  const ordinary = deliveries.filter(({ careful }) => !careful);
  const tasks = ordinary.flatMap((delivery) =>
    pendingIndexes(delivery).map((index) => ({ delivery, index })),
  );
  const putAway = async (delivery: Delivery) => {
    postpone(delivery, watch.pausedUntil(), watch.reason());
    await finish(delivery, batch, deps);
  };
  await runPaced(tasks, slots, watch.stopped, async ({ delivery, index }) => {
    await attempt(delivery, index);
    if (pendingIndexes(delivery).length === 0) await finish(delivery, batch, deps);
  });
  // Before anything careful begins: what may kill the worker must not take these along.
  await Promise.all(ordinary.map(putAway));
  for (const delivery of deliveries.filter(({ careful }) => careful)) {
    try {
      await workCarefully(delivery, slots, watch.stopped, deps, (index) => {
        // What is measured so far must not die with the worker.
        deps.metrics.flush();
        return attempt(delivery, index);
      });
    } catch (error) {
      // Its marks could not be written, so it was not tried further; the next delivery is careful too.
      const { revocation, slice } = delivery.message;
      deps.log('slice.failed', { revocation, slice, ...describeFault(error) });
    }
    // At once, so that no mark outlives its job should the next slice kill the worker.
    await putAway(delivery);
  }
}

/** One try at one job, taken into the delivery's records and the lane's state. */
async function attemptJob(
  delivery: Delivery,
  index: number,
  watch: LaneWatch,
  { provider, session, send, metrics }: WorkerDependencies,
): Promise<void> {
  const { message, jobs, records } = delivery;
  const { id: Provider, retry } = provider.entry;
  const job = jobs.get(index);
  const before = records.get(index);
  if (job === undefined || before === undefined) return;
  const id = jobId({ ...message, index });
  const tried = await tryJob(job, { id, answers: answersOf(before) }, session, send);
  metrics.add('Tries', { Provider, Verdict: tried.verdict.kind });
  const settlement = settle(tried.verdict, triesOf(before) + 1, retry, tried.evidence);
  records.set(index, recordOf(before, settlement, tried));
  if (settlement.kind === 'waiting') {
    metrics.add('Retries', { Provider });
    delivery.waitSeconds = Math.max(delivery.waitSeconds, settlement.seconds);
  }
  if (tried.verdict.kind === 'misconfigured') session.forget();
  await watch.observe(
    tried.verdict,
    settlement.kind === 'waiting' ? settlement.seconds : undefined,
    before.attempts === 0,
  );
}

/** Writes a delivery down once; a failure leaves its message on the queue, to be done again. */
async function finish(delivery: Delivery, batch: Batch, deps: WorkerDependencies): Promise<void> {
  if (batch.finished.has(delivery)) return;
  batch.finished.add(delivery);
  try {
    await writeDown(delivery, deps.stores);
  } catch (error) {
    await leave(delivery, batch, error, deps);
  }
}

/** Leaves a slice that could not be written down on the queue. */
async function leave(
  delivery: Delivery,
  { failures, left }: Batch,
  error: unknown,
  deps: WorkerDependencies,
): Promise<void> {
  const { messageId, receiptHandle, message } = delivery;
  failures.add(messageId);
  if (error instanceof Newer) {
    left.add(receiptHandle);
    await leaveNewer(delivery, error, message, deps);
    return;
  }
  const { revocation, slice } = message;
  deps.log('slice.failed', { revocation, slice, ...describeFault(error) });
}

/** Tells SQS which messages to keep, and until when. */
async function report(
  { deliveries, failures, left }: Batch,
  { visibility, log, metrics, provider }: WorkerDependencies,
  records: readonly SQSRecord[],
): Promise<SQSBatchResponse> {
  const unfinished = deliveries.filter((delivery) => pendingIndexes(delivery).length > 0);
  for (const { messageId } of unfinished) failures.add(messageId);
  const unset = await visibility.defer([
    ...unfinished
      .filter(({ receiptHandle }) => !left.has(receiptHandle))
      .map(({ receiptHandle, waitSeconds }) => ({
        receiptHandle,
        seconds: visibilitySeconds(waitSeconds),
      })),
    ...[...left].map((receiptHandle) => ({ receiptHandle, seconds: newerSeconds })),
  ]);
  if (unset > 0) log('visibility.unset', { count: unset });
  if (failures.size > 0) {
    const kept = records.filter(({ messageId }) => failures.has(messageId));
    metrics.add('OldestAge', { Provider: provider.entry.id }, longestOnLane(kept));
  }
  metrics.flush();
  log('batch.done', {
    received: records.length,
    failed: failures.size,
    oldestSeconds: oldestSeconds(deliveries),
  });
  return { batchItemFailures: [...failures].map((itemIdentifier) => ({ itemIdentifier })) };
}

/** Seconds that the oldest of these messages has been on the lane, as far as SQS tells. */
function longestOnLane(records: readonly SQSRecord[]): number {
  const now = Date.now();
  const ages = records.map(({ attributes }) => now - (Number(attributes.SentTimestamp) || now));
  return Math.round(Math.max(0, ...ages) / 1000);
}

/** How long ago the API accepted the oldest of these slices; undefined when there is none. */
function oldestSeconds(deliveries: readonly Delivery[]): number | undefined {
  if (deliveries.length === 0) return undefined;
  return epochSeconds() - Math.min(...deliveries.map(({ message }) => message.acceptedAt));
}
