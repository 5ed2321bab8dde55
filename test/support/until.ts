import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition rather than a time.
 *
 * @param probe answers undefined or false as long as it does not hold
 * @throws Error naming what was waited for, after `seconds`
 */
export async function until<Result>(
  what: string,
  probe: () => Promise<Result | undefined | false> | Result | undefined | false,
  seconds = 60,
): Promise<Result> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const result = await probe();
    if (result !== undefined && result !== false) return result;
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await sleep(50);
  }
}
