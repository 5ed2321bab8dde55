import * as z from 'zod';
import { kidOf } from '../sealing/kid.ts';
import { completionKey, taskKey, taskListing } from './keys.ts';
import { expiry } from './revocations.ts';
import type { Table } from './table.ts';

const completionItem = z.object({ published: z.set(z.string()).default(new Set()) });
const taskItem = z.object({ sealed: z.string().optional() });

/** What is kept about completions: where each was published, and what a state machine waits with. */
export interface Completions {
  /** Where a completion was published. */
  readonly published: (revocation: string, round: number) => Promise<ReadonlySet<string>>;
  readonly note: (revocation: string, round: number, channel: string) => Promise<void>;
  /** Keeps a revocation's sealed task token; leaves one that is there, or was. */
  readonly keepTask: (revocation: string, sealed: string) => Promise<void>;
  /** Keeps another one in its place: a state machine that tries its task again has a new one. */
  readonly replaceTask: (revocation: string, sealed: string) => Promise<void>;
  readonly sealedTask: (revocation: string) => Promise<string | undefined>;
  /** Erases the sealed task token. @returns false when another one has come in its place */
  readonly forgetTask: (revocation: string, sealed: string) => Promise<boolean>;
}

export function createCompletions(table: Table, retentionDays: number): Completions {
  const putTask = (revocation: string, sealed: string, condition?: string): Promise<boolean> =>
    table.put(
      {
        ...taskKey(revocation),
        sealed,
        lpk: taskListing(kidOf(sealed) ?? ''),
        lsk: revocation,
        expiresAt: expiry(retentionDays),
      },
      condition,
    );

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
      await putTask(revocation, sealed, 'attribute_not_exists(pk)');
    },

    replaceTask: async (revocation, sealed) => {
      await putTask(revocation, sealed);
    },

    sealedTask: async (revocation) => {
      const item = await table.get(taskKey(revocation));
      return item === undefined ? undefined : taskItem.parse(item).sealed;
    },

    forgetTask: async (revocation, sealed) => {
      const forgotten = await table.update(
        taskKey(revocation),
        'REMOVE sealed, lpk, lsk',
        { values: { ':sealed': sealed } },
        'sealed = :sealed',
      );
      return forgotten !== undefined;
    },
  };
}
