import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { backoffSeconds, visibilitySeconds } from '../../shared/domain/backoff.ts';
import { jobId } from '../../shared/domain/job.ts';
import { parkReasonOf, settle } from '../../shared/domain/settle.ts';
import { describeFault } from '../../shared/log/logger.ts';
import type { PauseReason } from '../../shared/pace/pace.ts';
import { writeDown } from '../../shared/store/write-down.ts';
import { workCarefully } from './careful.ts';
import { type Delivery, NotOurs, openDelivery, pendingIndexes } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import { type LaneWatch, watchLane } from './lane.ts';
import { createSlots, runPaced, type Slots } from './pool.ts';
import { recordOf } from './record.ts';
import { tryJob } from './try-job.ts';

/** Kept free at the end of an invocation for writing down what the last calls came to. */
const writingMs = 5000;
/** Most calls one job can make: revoke, again with a fresh secret, introspect. */
const callsPerJob = 3;

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

  const opened = deliveries.filter(({ shut }) => shut === undefined);
  for (const delivery of deliveries) if (delivery.shut !== undefined) leaveShut(delivery, deps);
  const pending = opened.reduce((sum, delivery) => sum + pendingIndexes(delivery).length, 0);
  if (pending > 0) {
    const { entry } = deps.provider;
    const startableMs = () => remainingMs() - callsPerJob * entry.timeoutMs - writingMs;
    const reservation = await deps.pace.reserve(pending, startableMs());
    const watch = watchLane(deps.pace, reservation.state, entry.retry, deps.log);
    if (reservation.kind === 'go') {
      await workSlices(opened, batch, createSlots(reservation, startableMs), watch, deps);
    }
    await watch.close();
    if (reservation.kind === 'wait') {
      const { until, state } = reservation;
      for (const delivery of opened) postpone(delivery, until, state.pauseReason);
    } else {
      for (const delivery of opened) postpone(delivery, watch.pausedUntil(), watch.reason());
    }
  }

  await Promise.all(deliveries.map((delivery) => finish(delivery, batch, deps)));
  return report(batch, deps, records.length);
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
  const finishIfDone = async (delivery: Delivery) => {
    if (pendingIndexes(delivery).length === 0) await finish(delivery, batch, deps);
  };
  const ordinary = deliveries.filter(({ careful }) => !careful);
  const tasks = ordinary.flatMap((delivery) =>
    pendingIndexes(delivery).map((index) => ({ delivery, index })),
  );
  await runPaced(tasks, slots, watch.stopped, async ({ delivery, index }) => {
    await attempt(delivery, index);
    await finishIfDone(delivery);
  });
  for (const delivery of deliveries.filter(({ careful }) => careful)) {
    await workCarefully(delivery, slots, watch.stopped, deps, (index) => attempt(delivery, index));
    await finishIfDone(delivery);
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
  const tried = await tryJob(job, id, session, send);
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
  await watch.observe(settlement);
}

/** Writes a delivery down once; a failure leaves its message on the queue, to be done again. */
async function finish(
  delivery: Delivery,
  { finished, failures }: Batch,
  { stores, log }: WorkerDependencies,
): Promise<void> {
  if (finished.has(delivery)) return;
  finished.add(delivery);
  try {
    await writeDown(delivery, stores);
  } catch (error) {
    failures.add(delivery.messageId);
    log('slice.failed', {
      revocation: delivery.message.revocation,
      slice: delivery.message.slice,
      ...describeFault(error),
    });
  }
}

/**
 * Puts off a slice that cannot be opened, as any misconfiguration: the right keys may yet come. It
 * is written down, so that nobody takes it for one that killed its worker.
 */
function leaveShut(delivery: Delivery, { provider, log }: WorkerDependencies): void {
  const { message, records, receives, shut } = delivery;
  for (const index of pendingIndexes(delivery)) {
    const record = records.get(index);
    if (record === undefined) continue;
    records.set(index, { ...record, reason: 'misconfigured', detail: shut });
  }
  delivery.waitSeconds = backoffSeconds(receives, provider.entry.retry);
  log('slice.unopened', { revocation: message.revocation, slice: message.slice, reason: shut });
}

/** Keeps a slice away while its lane is shut, spread over a few seconds, and notes why. */
function postpone(delivery: Delivery, until: number, reason: PauseReason | undefined): void {
  const seconds = (until - Date.now()) / 1000;
  if (seconds <= 0) return;
  const spread = Math.random() * Math.min(5, seconds);
  delivery.waitSeconds = Math.max(delivery.waitSeconds, seconds + spread);
  if (reason === undefined) return;
  for (const index of pendingIndexes(delivery)) {
    const record = delivery.records.get(index);
    if (record !== undefined) {
      delivery.records.set(index, { ...record, reason: parkReasonOf(reason) });
    }
  }
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
