import { type SealedJobs, type SliceIdentity, sealedJobs } from '../domain/slice.ts';
import { type Binding, openJson, SealFault, sealJson } from './jwe.ts';
import type { SealingKeys } from './keys.ts';

export { SealFault };

const bindingOf = ({ revocation, part, slice, provider }: SliceIdentity): Binding => ({
  to: 'slice',
  identity: `${revocation}/${part}/${slice}/${provider}`,
});

/** Seals a slice's secret half. It opens as no other slice. */
export const seal = (
  identity: SliceIdentity,
  jobs: SealedJobs,
  keys: SealingKeys,
): Promise<string> => sealJson(bindingOf(identity), jobs, keys);

/**
 * Opens what `seal` made.
 *
 * @throws SealFault when the key is unknown, the text was altered, or the slice is another one
 */
export const open = (
  identity: SliceIdentity,
  sealed: string,
  keys: SealingKeys,
): Promise<SealedJobs> =>
  openJson(bindingOf(identity), sealed, keys, (value) => sealedJobs.parse(value));
