import { backoffSeconds, scheduleSeconds } from '../../shared/domain/backoff.ts';
import { triesOf } from '../../shared/domain/outcome.ts';
import { parkReasonOf, type SettlePolicy, settle } from '../../shared/domain/settle.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { PaceState } from '../../shared/pace/state.ts';
import { type Delivery, pendingIndexes, type Shut } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import type { Stop } from './gate.ts';
import { outlastedRecord, overdueRecord, recordOf } from './record.ts';

/**
 * Puts off a slice that cannot be opened: the right keys may yet come. Keys that do not open it
 * count as a try, keys that could not be read do not. Either is written down, so that nobody takes
 * the slice for one that killed its worker.
 */
export function leaveShut(
  delivery: Delivery,
  { kind, detail }: Shut,
  { provider, log, metrics }: Pick<WorkerDependencies, 'provider' | 'log' | 'metrics'>,
): void {
  const { message, records } = delivery;
  for (const index of pendingIndexes(delivery)) {
    const before = records.get(index);
    if (before === undefined) continue;
    if (kind === 'unread') {
      records.set(index, { ...before, reason: 'misconfigured', detail });
      continue;
    }
    const verdict: Verdict = { kind: 'misconfigured', detail, credentials: false };
    const tries = triesOf(before) + 1;
    const settlement = settle(verdict, tries, provider.entry.retry, before.evidence);
    records.set(index, recordOf(before, settlement, { answers: 0 }));
    if (settlement.kind === 'waiting') {
      metrics.add('Retries', { Provider: provider.entry.id });
      delivery.waitSeconds = Math.max(delivery.waitSeconds, settlement.seconds);
    }
  }
  if (kind === 'unread') {
    delivery.waitSeconds = backoffSeconds(delivery.receives, provider.entry.retry);
  }
  log('slice.unopened', { revocation: message.revocation, slice: message.slice, reason: detail });
}

/** Parks what is left of a slice that has waited too long for its lane: SQS will not keep it. */
export function parkOverdue(delivery: Delivery, { log }: Pick<WorkerDependencies, 'log'>): void {
  const { message, records } = delivery;
  for (const index of pendingIndexes(delivery)) {
    const before = records.get(index);
    if (before !== undefined) records.set(index, overdueRecord(before));
  }
  log('slice.overdue', { revocation: message.revocation, slice: message.slice });
}

/**
 * Whether a provider has been down for longer than all tries at a job would have taken, and for as
 * long as the job has been there. With one probe at a time most jobs get no try of their own.
 *
 * @param sentAt when SQS got the job's message, in epoch milliseconds
 */
export const hasOutlasted = (
  { downSince }: PaceState,
  sentAt: number,
  policy: SettlePolicy,
  now = Date.now(),
): boolean =>
  downSince !== undefined && now - Math.max(downSince, sentAt) > scheduleSeconds(policy) * 1000;

/** Parks what is left of a slice that its provider's outage has outlasted. */
export function giveUp(delivery: Delivery, { lastError = 'unavailable' }: PaceState): void {
  for (const index of pendingIndexes(delivery)) {
    const before = delivery.records.get(index);
    if (before !== undefined) delivery.records.set(index, outlastedRecord(before, lastError));
  }
}

/** Seconds after which it is seen to it whether a refused secret has been changed. */
const secretCheckSeconds = 30;

/**
 * Least seconds to stay away from a lane that is shut or full: a message that comes back with every
 * short pause of ten days would be delivered more often than SQS allows.
 */
const patienceSeconds = (receives: number): number => Math.min(900, receives ** 2 / 100);

/**
 * Keeps a slice away while its lane is shut, and notes why. Of a lane that is full each slice has a
 * time of its own; the return to a paused one is spread over a few seconds.
 */
export function postpone(delivery: Delivery, { until, reason }: Stop): void {
  const rest = (until - Date.now()) / 1000;
  if (rest <= 0) return;
  if (reason === undefined) {
    delivery.waitSeconds = Math.max(delivery.waitSeconds, rest, patienceSeconds(delivery.receives));
    return;
  }
  const check = secretCheckSeconds * delivery.receives;
  const seconds = Math.max(
    reason === 'misconfigured' ? Math.min(rest, check) : rest,
    patienceSeconds(delivery.receives),
  );
  const spread = Math.random() * Math.min(5, seconds);
  delivery.waitSeconds = Math.max(delivery.waitSeconds, seconds + spread);
  for (const index of pendingIndexes(delivery)) {
    const record = delivery.records.get(index);
    // One that has been tried keeps what it met itself.
    if (record?.attempts === 0) {
      delivery.records.set(index, { ...record, reason: parkReasonOf(reason) });
    }
  }
}
