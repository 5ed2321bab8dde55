import { type Slice, type SliceMessage, sliceFormat } from '../domain/slice.ts';
import { seal } from './envelope.ts';
import type { SealingKeys } from './keys.ts';

/**
 * A slice as it is queued: what the ledger must show in the clear, all else sealed.
 *
 * @param acceptedAt when its jobs were taken in, in epoch seconds
 */
export async function sealSlice(
  { jobs, ...identity }: Slice,
  keys: SealingKeys,
  acceptedAt: number,
): Promise<SliceMessage> {
  const secrets = jobs.map(({ index, token, tokenType, subject, parameters }) => ({
    index,
    token,
    tokenType,
    subject,
    parameters,
  }));
  return {
    v: sliceFormat,
    ...identity,
    redrives: 0,
    acceptedAt,
    jobs: jobs.map(({ index, ref, fingerprint, tokenType, expiresAt, after }) => ({
      index,
      ref,
      fingerprint,
      tokenType,
      expiresAt,
      after,
    })),
    sealed: await seal(identity, secrets, keys),
  };
}
