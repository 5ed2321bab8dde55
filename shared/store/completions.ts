import * as z from 'zod';
import { completionKey, taskKey } from './keys.ts';
import { expiry } from './revocations.ts';
import type { Table } from './table.ts';

const completionItem = z.object({ published: z.set(z.string()).default(new Set()) });
const taskItem = z.object({ sealed: z.string().optional() });

/** What is kept about completions: where each was published, and what a state machine waits with. */
export interface Completions {
  /** Where a completion was published. */
  readonly published: (revocation: string, round: number) => Promise<ReadonlySet<string>>;
  readonly note: (revocation: string, round: number, channel: string) => Promise<void>;
  /** Keeps a revocation's sealed task token; leaves one that is there. */
  readonly keepTask: (revocation: string, sealed: string) => Promise<void>;
  readonly sealedTask: (revocation: string) => Promise<string | undefined>;
  /** Erases the sealed task token. */
  readonly forgetTask: (revocation: string) => Promise<void>;
}

export function createCompletions(table: Table, retentionDays: number): Completions {
  return {
    published: async (revocation, round) => {
      const item = await table.get(completionKey(revocation, round));
      return item === undefined ? new Set() : completionItem.parse(item).published;
    },

    note: async (revocation, round, channel) => {
      await table.update(
        completionKey(revocation, round),
        'ADD published :channel SET expiresAt = :expiresAt',
        { values: { ':channel': new Set([channel]), ':expiresAt': expiry(retentionDays) } },
      );
    },

    keepTask: async (revocation, sealed) => {
      await table.put(
        { ...taskKey(revocation), sealed, expiresAt: expiry(retentionDays) },
        'attribute_not_exists(pk)',
      );
    },

    sealedTask: async (revocation) => {
      const item = await table.get(taskKey(revocation));
      return item === undefined ? undefined : taskItem.parse(item).sealed;
    },

    forgetTask: async (revocation) => {
      await table.update(taskKey(revocation), 'REMOVE sealed', {}, 'attribute_exists(pk)');
    },
  };
}
