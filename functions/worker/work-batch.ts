import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { backoffSeconds, visibilitySeconds } from '../../shared/domain/backoff.ts';
import { jobId } from '../../shared/domain/job.ts';
import { settle } from '../../shared/domain/settle.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { Reservation } from '../../shared/pace/pace.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import { workCarefully } from './careful.ts';
import { type Delivery, NotOurs, openDelivery, pendingIndexes } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import { type LaneWatch, watchLane } from './lane.ts';
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
  const failures = new Set<string>();
  const deliveries = await openAll(records, deps, failures);
  const batch: Batch = { deliveries, failures, finished: new Set() };
  for (const delivery of deliveries) {
    if (delivery.expired) expire(delivery, deps);
    else if (delivery.shut !== undefined) leaveShut(delivery, delivery.shut, deps);
  }
  const opened = deliveries.filter(({ shut, expired }) => shut === undefined && !expired);
  await workOpened(opened, batch, deps, remainingMs);
  await Promise.all(deliveries.map((delivery) => finish(delivery, batch, deps)));
  return report(batch, deps, records.length);
}

/** Takes slots for what is pending and works through it, or puts it off while the lane is shut. */
async function workOpened(
  deliveries: readonly Delivery[],
  batch: Batch,
  deps: WorkerDependencies,
  remainingMs: () => number,
): Promise<void> {
  const { entry } = deps.provider;
  const pending = deliveries.reduce((sum, delivery) => sum + pendingIndexes(delivery).length, 0);
  if (pending === 0) return;
  const startableMs = () => remainingMs() - callsPerJob * entry.timeoutMs - writingMs;
  let reservation: Reservation;
  try {
    reservation = await deps.pace.reserve(pending, startableMs());
  } catch (error) {
    deps.log('pace.failed', describeFault(error));
    for (const delivery of deliveries) {
      delivery.waitSeconds = backoffSeconds(delivery.receives, entry.retry);
    }
    return;
  }
  if (reservation.kind === 'wait') {
    const { until, state } = reservation;
    const full = (state.pausedUntil ?? 0) <= Date.now();
    for (const delivery of deliveries) {
      // Of a lane that is full, whoever has come in vain more often stays away longer.
      const patience = Math.min(entry.retry.maxSeconds, 5 * delivery.receives);
      postpone(delivery, until, full ? undefined : state.pauseReason, full ? patience : 0);
    }
    return;
  }
  const watch = watchLane(deps.pace, reservation.state, entry.retry, deps.log);
  await workSlices(deliveries, batch, createSlots(reservation, startableMs), watch, deps);
  await watch.close();
}

/** Opens every message that can be opened; the others stay on the queue. */
async function openAll(
  records: readonly SQSRecord[],
  deps: WorkerDependencies,
  failures: Set<string>,
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
      const ours = !(error instanceof NotOurs);
      deps.log(ours ? 'slice.failed' : 'slice.unreadable', {
        messageId: record.messageId,
        reason: ours ? undefined : error.message,
        ...describeFault(error),
      });
      return [];
    }
  });
  return (await Promise.all(opened)).flat();
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
      await workCarefully(delivery, slots, watch.stopped, deps, (index) =>
        attempt(delivery, index),
      );
    } catch (error) {
      // Its marks could not be written, so it was not tried further; the next delivery is careful too.
      deps.log('slice.failed', describeFault(error));
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
  { provider, session, send, log }: WorkerDependencies,
): Promise<void> {
  const { message, jobs, records } = delivery;
  const job = jobs.get(index);
  const before = records.get(index);
  if (job === undefined || before === undefined) return;
  const id = jobId({ ...message, index });
  const tried = await tryJob(job, { id, answers: answersOf(before) }, session, send);
  const settlement = settle(
    tried.verdict,
    before.attempts + 1,
    provider.entry.retry,
    tried.evidence,
  );
  const record = recordOf(before, settlement, tried);
  records.set(index, record);
  if (settlement.kind === 'waiting') {
    delivery.waitSeconds = Math.max(delivery.waitSeconds, settlement.seconds);
  }
  if (settlement.kind === 'parked') {
    log('job.parked', { job: id, reason: settlement.reason, detail: record.detail });
  }
  if (tried.verdict.kind === 'misconfigured') session.forget();
  await watch.observe(
    tried.verdict,
    settlement.kind === 'waiting' ? settlement.seconds : undefined,
  );
}

/** Writes a delivery down once; a failure leaves its message on the queue, to be done again. */
async function finish(delivery: Delivery, batch: Batch, deps: WorkerDependencies): Promise<void> {
  if (batch.finished.has(delivery)) return;
  batch.finished.add(delivery);
  try {
    await writeDown(delivery, deps.stores);
  } catch (error) {
    leave(delivery, batch, error, deps);
  }
}

/** Leaves a slice that could not be written down on the queue. */
function leave(
  { messageId, message: { revocation, slice } }: Delivery,
  { failures }: Batch,
  error: unknown,
  { log }: WorkerDependencies,
): void {
  failures.add(messageId);
  log('slice.failed', { revocation, slice, ...describeFault(error) });
}

/** Tells SQS which messages to keep, and until when. */
async function report(
  { deliveries, failures }: Batch,
  { visibility, log }: WorkerDependencies,
  received: number,
): Promise<SQSBatchResponse> {
  const unfinished = deliveries.filter((delivery) => pendingIndexes(delivery).length > 0);
  for (const { messageId } of unfinished) failures.add(messageId);
  const unset = await visibility.defer(
    unfinished.map(({ receiptHandle, waitSeconds }) => ({
      receiptHandle,
      seconds: visibilitySeconds(waitSeconds),
    })),
  );
  if (unset > 0) log('visibility.unset', { count: unset });
  log('batch.done', { received, failed: failures.size });
  return { batchItemFailures: [...failures].map((itemIdentifier) => ({ itemIdentifier })) };
}
