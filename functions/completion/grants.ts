import { concludeGrants } from '../../shared/grants/conclude.ts';
import type { Channel } from './channel.ts';

/** Erases the tokens of a person's grants that the revocation has ended. */
export const createGrantsChannel = (deps: Parameters<typeof concludeGrants>[1]): Channel => ({
  name: 'grants',
  concerns: ({ subject }) => subject !== undefined,
  publish: async (_, { subject }) => {
    if (subject !== undefined) await concludeGrants(subject, deps);
  },
});
