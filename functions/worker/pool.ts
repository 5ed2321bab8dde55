import type { ProviderEntry } from '../../shared/providers/configuration.ts';
import type { Gate, Ticket } from './gate.ts';

/** Calls one worker has under way at a time. */
export const callsAtOnce = 5;

/** Most connections that one worker opens to a provider. */
const maximumAtOnce = 50;

/**
 * Jobs that one worker has under way at a time. Where calls are spaced, the slots of a batch lie side
 * by side and its worker is often the only one that calls: then it may have as many under way as all
 * of the lane's, so that a slow provider is still called at its rate.
 */
export const jobsAtOnce = ({
  rate,
  maxConcurrency,
}: Pick<ProviderEntry, 'rate' | 'maxConcurrency'>): number =>
  rate === undefined ? callsAtOnce : Math.min(maximumAtOnce, callsAtOnce * maxConcurrency);

/**
 * Runs the tasks in order, several at a time, each once the gate lets it through; none any more when
 * the gate lets nobody through. Those under way are waited for. A task that is not due yet is passed
 * over until another one has ended, and left when none of those makes it due.
 */
export async function runPaced<Task>(
  tasks: readonly Task[],
  gate: Pick<Gate, 'enter'>,
  atOnce: number,
  run: (task: Task, ticket: Ticket) => Promise<void>,
  isDue: (task: Task) => boolean = () => true,
): Promise<void> {
  const left = new Set(tasks);
  const runner = async () => {
    for (;;) {
      const task = [...left].find(isDue);
      if (task === undefined) return;
      left.delete(task);
      const ticket = await gate.enter();
      if (ticket === undefined) return;
      try {
        await run(task, ticket);
      } finally {
        ticket.done();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, tasks.length) }, runner));
}
