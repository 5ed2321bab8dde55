import { backoffSeconds } from '../../shared/domain/backoff.ts';
import { triesOf } from '../../shared/domain/outcome.ts';
import { parkReasonOf, settle } from '../../shared/domain/settle.ts';
import type { Verdict } from '../../shared/domain/verdict.ts';
import type { PauseReason } from '../../shared/pace/pace.ts';
import { type Delivery, pendingIndexes, type Shut } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import { expiredRecord, recordOf } from './record.ts';

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
    const settlement = settle(verdict, triesOf(before) + 1, provider.entry.retry);
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
export function expire(delivery: Delivery, { log }: Pick<WorkerDependencies, 'log'>): void {
  const { message, records } = delivery;
  for (const index of pendingIndexes(delivery)) {
    const before = records.get(index);
    if (before !== undefined) records.set(index, expiredRecord(before));
  }
  log('slice.expired', { revocation: message.revocation, slice: message.slice });
}

/**
 * Keeps a slice away while its lane is shut, and notes why.
 *
 * @param patienceSeconds returns are spread over so long, or over a few seconds if that is longer
 */
export function postpone(
  delivery: Delivery,
  until: number,
  reason: PauseReason | undefined,
  patienceSeconds = 0,
): void {
  const seconds = (until - Date.now()) / 1000;
  if (seconds <= 0) return;
  const spread = Math.random() * Math.max(patienceSeconds, Math.min(5, seconds));
  delivery.waitSeconds = Math.max(delivery.waitSeconds, seconds + spread);
  if (reason === undefined) return;
  for (const index of pendingIndexes(delivery)) {
    const record = delivery.records.get(index);
    if (record !== undefined) {
      delivery.records.set(index, { ...record, reason: parkReasonOf(reason) });
    }
  }
}
