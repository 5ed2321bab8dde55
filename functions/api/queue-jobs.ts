import { epochSeconds } from '../../shared/domain/outcome.ts';
import { cutSlices, type SliceMessage } from '../../shared/domain/slice.ts';
import { Problem } from '../../shared/http/problem.ts';
import { describeFault } from '../../shared/log/logger.ts';
import { SendFault } from '../../shared/queue/lanes.ts';
import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';
import { sealSlice } from '../../shared/sealing/seal-slice.ts';
import type { SubmittedJob } from './contract/submission.ts';
import type { ApiDependencies } from './dependencies.ts';
import { splitPairs } from './pairs.ts';

/** Cuts the jobs of a part into slices and seals each. The same jobs always make the same slices. */
export function sealJobs(
  revocation: string,
  part: number,
  submitted: readonly SubmittedJob[],
  keys: SealingKeys,
): Promise<SliceMessage[]> {
  const acceptedAt = epochSeconds();
  const jobs = splitPairs(submitted).map((job) => ({
    ...job,
    fingerprint: fingerprint(job.token, keys),
  }));
  return Promise.all(
    cutSlices(revocation, part, jobs).map((slice) => sealSlice(slice, keys, acceptedAt)),
  );
}

/**
 * Puts slices on their lanes.
 *
 * @param toDo what a caller is told to do when not all could be
 * @throws Problem `unavailable`
 */
export async function queueSlices(
  revocation: string,
  messages: readonly SliceMessage[],
  { lanes, log }: Pick<ApiDependencies, 'lanes' | 'log'>,
  toDo: string,
): Promise<void> {
  try {
    await lanes.send(messages);
  } catch (error) {
    if (!(error instanceof SendFault)) throw error;
    log('revocation.unqueued', { revocation, ...describeFault(error) });
    throw new Problem('unavailable', `Not every job could be queued. ${toDo}`, {
      headers: { 'retry-after': '5' },
    });
  }
}
