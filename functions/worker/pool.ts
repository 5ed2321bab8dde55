import { setTimeout as sleep } from 'node:timers/promises';

/** Calls one worker has under way at a time. */
export const callsAtOnce = 5;

/** When calls may start: the n-th at `first + n * interval`, `slots` of them in all. */
export interface Pacing {
  readonly first: number;
  readonly interval: number;
  readonly slots: number;
}

/** The slots that a batch has reserved. */
export interface Slots {
  /** Waits for the next slot; false when there is none left, or no time for it. */
  readonly take: () => Promise<boolean>;
}

/** @param startableMs milliseconds in which a call may still be started */
export function createSlots({ first, interval, slots }: Pacing, startableMs: () => number): Slots {
  let taken = 0;
  return {
    take: async () => {
      if (taken >= slots) return false;
      const wait = first + taken * interval - Date.now();
      if (startableMs() <= Math.max(0, wait)) return false;
      taken += 1;
      if (wait > 0) await sleep(wait);
      return true;
    },
  };
}

/**
 * Runs the tasks in order, several at a time, each in its slot. Starts no more of them once
 * `stopped` says so or the slots end; those under way are waited for.
 */
export async function runPaced<Task>(
  tasks: readonly Task[],
  slots: Slots,
  stopped: () => boolean,
  run: (task: Task) => Promise<void>,
): Promise<void> {
  let next = 0;
  const runner = async () => {
    for (;;) {
      const task = tasks[next];
      if (task === undefined || stopped()) return;
      next += 1;
      if (!(await slots.take()) || stopped()) return;
      await run(task);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, runner));
}
