import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import { backoffSeconds, visibilitySeconds } from '../../shared/domain/backoff.ts';
import { Newer } from '../../shared/domain/newer.ts';
import { epochSeconds } from '../../shared/domain/outcome.ts';
import { readSlice } from '../../shared/domain/slice-formats.ts';
import { describeFault } from '../../shared/log/logger.ts';
import { attemptJob, type Passage } from './attempt.ts';
import { workCarefully } from './careful.ts';
import { type Delivery, NotOurs, openDelivery, pendingIndexes } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import { createGate, type Ticket } from './gate.ts';
import { watchLane } from './lane.ts';
import { leaveNewer, newerSeconds } from './leave-newer.ts';
import { isDue } from './order.ts';
import { jobsAtOnce, runPaced } from './pool.ts';
import { giveUp, hasOutlasted, leaveShut, parkOverdue, postpone } from './put-off.ts';
import { writeSurely } from './write-surely.ts';

/** Kept free at the end of an invocation for writing down what the last calls came to. */
const writingMs = 5000;
/** Most calls one job can make: revoke, discovery (2) and revoke with a fresh secret, look up. */
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
  /** Time until Lambda ends the invocation. */
  readonly remainingMs: () => number;
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
  const batch: Batch = { deliveries, ...kept, finished: new Set(), remainingMs };
  const waiting = deliveries.filter(({ overdue }) => !overdue);
  for (const delivery of deliveries) {
    if (delivery.overdue) parkOverdue(delivery, deps);
    else if (delivery.shut !== undefined) leaveShut(delivery, delivery.shut, deps);
  }
  const opened = waiting.filter(({ shut }) => shut === undefined);
  const configured = await workOpened(opened, batch, deps);
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
): Promise<boolean | undefined> {
  const { entry } = deps.provider;
  const pending = deliveries.reduce((sum, delivery) => sum + pendingIndexes(delivery).length, 0);
  if (pending === 0) return undefined;
  const callsOf = { job: callsPerJob, call: 1 };
  let left = pending * (entry.verify ? 2 : 1);
  const { secretVersion } = deps.session;
  const gate = createGate({
    pace: deps.pace,
    log: deps.log,
    wanted: () => left,
    startableMs: (what) => batch.remainingMs() - callsOf[what] * entry.timeoutMs - writingMs,
    secretChanged: async (refused) => ((await secretVersion()) ?? refused) !== refused,
    isHopeless: (state) =>
      deliveries.some(({ sentAt }) => hasOutlasted(state, sentAt, entry.retry)),
    awayMs: () => backoffSeconds(1, entry.retry) * 1000,
  });
  const { pace, memory, log } = deps;
  const watch = watchLane({ pace, gate, entry, memory, log, secretVersion });
  await workSlices(deliveries, batch, { gate, watch, called: () => (left -= 1) }, deps);
  await watch.close();
  return watch.configured() ?? (gate.stopped()?.reason === 'misconfigured' ? false : undefined);
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
  passage: Passage,
  deps: WorkerDependencies,
): Promise<void> {
  const { gate } = passage;
  const attempt = (delivery: Delivery, index: number, ticket: Ticket) =>
    attemptJob(delivery, index, ticket, passage, deps);
  const ordinary = deliveries.filter(({ careful }) => !careful);
  const tasks = ordinary.flatMap((delivery) =>
    pendingIndexes(delivery).map((index) => ({ delivery, index })),
  );
  const putAway = async (delivery: Delivery) => {
    const stop = gate.stopped();
    const isDown = stop?.reason === 'unavailable';
    if (isDown && hasOutlasted(gate.state(), delivery.sentAt, deps.provider.entry.retry)) {
      giveUp(delivery, gate.state());
    } else if (stop !== undefined) postpone(delivery, stop);
    await finish(delivery, batch, deps);
  };
  const turn = async ({ delivery, index }: (typeof tasks)[number], ticket: Ticket) => {
    await attempt(delivery, index, ticket);
    if (pendingIndexes(delivery).length === 0) await finish(delivery, batch, deps);
  };
  await runPaced(tasks, gate, jobsAtOnce(deps.provider.entry), turn, ({ delivery, index }) =>
    isDue(delivery, index),
  );
  // Before anything careful begins: what may kill the worker must not take these along.
  await Promise.all(ordinary.map(putAway));
  for (const delivery of deliveries.filter(({ careful }) => careful)) {
    try {
      await workCarefully(delivery, gate, deps, (index, ticket) => {
        // What is measured so far must not die with the worker.
        deps.metrics.flush();
        return attempt(delivery, index, ticket);
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

/** Writes a delivery down once; a failure leaves its message on the queue, to be done again. */
async function finish(delivery: Delivery, batch: Batch, deps: WorkerDependencies): Promise<void> {
  if (batch.finished.has(delivery)) return;
  batch.finished.add(delivery);
  try {
    await writeSurely(delivery, deps.stores, batch.remainingMs);
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
