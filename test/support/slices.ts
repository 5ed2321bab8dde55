import { epochSeconds } from '../../shared/domain/outcome.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { cutSlices, type SliceMessage } from '../../shared/domain/slice.ts';
import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import { sealSlice } from '../../shared/sealing/seal-slice.ts';

/** The secret `rescind/sealing-keys` of this test file. */
export const sealingKeysSecret = generateSealingKeys();
export const sealingKeys = parseSealingKeys(sealingKeysSecret);

/** One slice message as the API queues it, holding these tokens. */
export async function sliceOf(
  tokens: readonly string[],
  { revocation = newRevocationId(), provider = 'test' } = {},
): Promise<SliceMessage> {
  const jobs = tokens.map((token, index) => ({
    index,
    provider,
    token,
    ref: `ref-${index}`,
    fingerprint: fingerprint(token, sealingKeys),
  }));
  const [slice] = cutSlices(revocation, 0, jobs);
  if (slice === undefined) throw new Error('a slice needs a job');
  return sealSlice(slice, sealingKeys, epochSeconds());
}
