import { writeSlice } from '../../shared/store/write-down.ts';
import type { Delivery } from './delivery.ts';
import type { WorkerDependencies } from './dependencies.ts';
import type { Gate, Ticket } from './gate.ts';
import { carefulOrder, isDue } from './order.ts';
import { crashedRecord } from './record.ts';

/** Deaths of the worker, with one job alone under way, after which that job is parked. */
export const crashesAllowed = 2;

/**
 * Does a slice one job at a time after its worker died with nothing written down:
 *
 *   write "job i is under way" → try job i → write what it came to and "job j is under way" → …
 *
 * "Under way" is a crash counted before the fact: if the worker lives, the next write takes it
 * back, which is why the last one is tried until it is taken (`writeSurely`). Should it die again, the next delivery finds who was under way. Such jobs are done last, so
 * that their neighbours get an outcome, and parked as crashed once they have killed the worker
 * twice.
 */
export async function workCarefully(
  delivery: Delivery,
  gate: Pick<Gate, 'enter'>,
  { stores }: Pick<WorkerDependencies, 'stores'>,
  attempt: (index: number, ticket: Ticket) => Promise<void>,
): Promise<void> {
  const { records } = delivery;
  const crashesOf = (index: number) => records.get(index)?.crashes ?? 0;
  for (const index of carefulOrder(delivery)) {
    const before = records.get(index);
    if (before === undefined || !isDue(delivery, index)) continue;
    const crashes = crashesOf(index);
    if (crashes >= crashesAllowed) {
      records.set(index, crashedRecord(before, crashes));
      continue;
    }
    const ticket = await gate.enter();
    if (ticket === undefined) return;
    records.set(index, { ...before, crashes: crashes + 1 });
    try {
      await writeSlice(delivery, stores.slices);
      // Another delivery of the same slice may have ended it meanwhile.
      if (records.get(index)?.outcome === undefined) await attempt(index, ticket);
    } catch (error) {
      // It was not tried, so nothing is to be held against it.
      records.set(index, before);
      throw error;
    } finally {
      ticket.done();
    }
  }
}
