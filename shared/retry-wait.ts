import { setTimeout as wait } from 'node:timers/promises';

/**
 * Waits before a call to AWS is repeated: one of which only a part was taken, which the SDK takes for
 * a success, or one that must not be lost when the SDK's own repetitions have failed.
 *
 * @param attempt how often it has been made, 1 and up; the wait doubles with it, up to 1.6 s, and its
 * upper half is drawn at random
 */
export async function waitToRepeat(attempt: number): Promise<void> {
  const ceiling = 50 * 2 ** Math.min(attempt, 5);
  await wait(ceiling * (0.5 + Math.random() / 2));
}
