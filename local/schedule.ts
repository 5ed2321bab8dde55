import { setTimeout as sleep } from 'node:timers/promises';

/**
 * EventBridge's schedule: calls again and again, one call at a time. What a call comes to is the
 * function's own affair; it logs what goes wrong.
 */
export function startSchedule(
  seconds: number,
  call: () => Promise<unknown>,
): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async () => {
    for (;;) {
      await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await call().catch(() => undefined);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}
