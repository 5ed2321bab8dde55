import type { Slice, SliceMessage } from '../domain/slice.ts';
import { seal } from './envelope.ts';
import type { SealingKeys } from './keys.ts';

/** A slice as it is queued: what the ledger must show in the clear, all else sealed. */
export async function sealSlice(
  { jobs, ...identity }: Slice,
  keys: SealingKeys,
): Promise<SliceMessage> {
  const secrets = jobs.map(({ index, token, tokenType, subject, parameters }) => ({
    index,
    token,
    tokenType,
    subject,
    parameters,
  }));
  return {
    v: 1,
    ...identity,
    redrives: 0,
    jobs: jobs.map(({ index, ref, fingerprint }) => ({ index, ref, fingerprint })),
    sealed: await seal(identity, secrets, keys),
  };
}
