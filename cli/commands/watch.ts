import { setTimeout as sleep } from 'node:timers/promises';
import { revocation } from '../../functions/api/contract/answers.ts';
import type { Api } from '../connection/api.ts';
import type { Context } from '../context.ts';
import { Interrupted } from '../faults.ts';
import { type Revocation, summary } from '../output/counts.ts';
import { addSample, duration, rateOf, type Sample, secondsLeft } from '../output/eta.ts';
import { createProgress } from '../output/progress.ts';
import { grouped } from '../output/text.ts';

export const revocationOf = (id: string, { call }: Api): Promise<Revocation> =>
  call(`/v1/revocations/${id}`, revocation);

/**
 * Follows a revocation until every job has an outcome: a bar on a terminal, else a line a change.
 *
 * @param onChange gets every answer that differs from the one before
 * @throws Interrupted saying how to look again
 */
export async function watch(
  id: string,
  api: Api,
  context: Context,
  intervalSeconds: number,
  onChange: (now: Revocation) => Promise<void>,
): Promise<Revocation> {
  const progress = await createProgress(context.stderr, 'revoking');
  let samples: readonly Sample[] = [];
  let before = '';
  try {
    for (;;) {
      const now = await revocationOf(id, api);
      const { total, queued } = now.counts;
      samples = addSample(samples, { at: Date.now(), done: total - queued });
      progress.update(total - queued, total, noteOf(now, samples));
      const text = JSON.stringify(now);
      if (text !== before) await onChange(now);
      before = text;
      if (now.status === 'completed') return now;
      await sleep(intervalSeconds * 1000, undefined, { signal: context.signal });
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
    throw new Interrupted(`Rescind goes on by itself. To look again: rescind status ${id} --watch`);
  } finally {
    progress.stop();
  }
}

function noteOf({ counts }: Revocation, samples: readonly Sample[]): string {
  const rate = rateOf(samples);
  const pace = rate === undefined ? '' : `, ${rate.toFixed(rate < 10 ? 1 : 0)}/s`;
  const left = duration(secondsLeft(counts.queued, rate));
  return `${grouped(counts.total - counts.queued)} of ${grouped(counts.total)}${pace}, ETA ${left} | ${summary(counts)}`;
}
