import { Newer } from '../../shared/domain/newer.ts';
import { waitToRepeat } from '../../shared/retry-wait.ts';
import { type Stores, writeDown } from '../../shared/store/write-down.ts';
import type { Delivery } from './delivery.ts';

/** Tries at writing a delivery down, before it is left to the next one. */
const triesAllowed = 5;
/** Kept free for telling SQS which messages to keep: nothing is tried again after that. */
const reportingMs = 2000;

/**
 * Writes a delivery down, again for a second or two where that fails: nobody else knows what the
 * provider has said. And of a slice that is done job by job (`workCarefully`) the last mark is still
 * up, which the next delivery takes for a death of the worker.
 *
 * @param remainingMs time until Lambda ends the invocation
 * @throws Newer at once, anything else when all tries have failed
 */
export async function writeSurely(
  delivery: Delivery,
  stores: Stores,
  remainingMs: () => number,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await writeDown(delivery, stores);
      return;
    } catch (error) {
      const isLast = attempt === triesAllowed || remainingMs() < reportingMs;
      if (isLast || error instanceof Newer) throw error;
    }
    await waitToRepeat(attempt);
  }
}
