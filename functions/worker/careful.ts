import type { Suspect } from '../../shared/store/slices.ts';
import { writeSlice } from '../../shared/store/write-down.ts';
import { type Delivery, pendingIndexes } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import type { Slots } from './pool.ts';
import { crashedRecord } from './record.ts';

/** Deaths of the worker, with one job alone under way, after which that job is parked. */
export const crashesAllowed = 2;

/**
 * Does a slice one job at a time after its worker died with nothing written down:
 *
 *   write "job i is under way" → try job i → write what it came to and "job j is under way" → …
 *
 * Should the worker die again, the next delivery finds who was under way. That job is done last,
 * so that its neighbours get their outcome, and parked as crashed when it has killed the worker
 * twice.
 */
export async function workCarefully(
  delivery: Delivery,
  slots: Slots,
  stopped: () => boolean,
  { stores, log }: Pick<WorkerDependencies, 'stores' | 'log'>,
  attempt: (index: number) => Promise<void>,
): Promise<void> {
  const { suspect, records, message } = delivery;
  const order = pendingIndexes(delivery).sort(
    (a, b) => Number(a === suspect?.index) - Number(b === suspect?.index),
  );
  for (const index of order) {
    const crashes = index === suspect?.index ? suspect.crashes : 0;
    const before = records.get(index);
    if (crashes >= crashesAllowed && before !== undefined) {
      records.set(index, crashedRecord(before, crashes));
      delivery.suspect = undefined;
      log('job.parked', { revocation: message.revocation, index, reason: 'crashed' });
      continue;
    }
    if (stopped() || !(await slots.take())) return;
    await writeSlice(delivery, stores.slices, underWay(index, crashes));
    await attempt(index);
    if (index === suspect?.index) delivery.suspect = undefined;
  }
}

/** Counted before the fact: if the worker lives, the next write takes it back. */
const underWay = (index: number, crashes: number): Suspect => ({ index, crashes: crashes + 1 });
