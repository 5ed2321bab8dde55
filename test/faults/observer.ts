import * as z from 'zod';
import { deadLetter, listOf } from '../../functions/api/contract/answers.ts';
import type { Revocation } from '../../local/client.ts';
import type { Caller } from '../support/caller.ts';
import type { View } from './invariants.ts';
import { type Accepted, firstOf } from './submissions.ts';
import type { World } from './world.ts';

/** Looks at a deployment from outside: its API, and the providers' own token stores. */
export interface Observer {
  /** The revocation as it is now; undefined while nobody answers. */
  readonly peek: (id: string) => Promise<Revocation | undefined>;
  readonly views: (accepted: readonly Accepted[]) => Promise<View[]>;
}

const page = listOf(deadLetter);

export function createObserver(caller: Caller, world: World): Observer {
  /** The whole ledger: reasons by job, by revocation. */
  const ledger = async () => {
    const found = new Map<string, Map<string, string>>();
    let cursor: string | undefined;
    do {
      const after = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await caller.api(`/v1/dead-letters?limit=500${after}`);
      const { items, cursor: next } = page.parse(await answer.json());
      for (const { revocation, id, reason } of items) {
        found.set(revocation, (found.get(revocation) ?? new Map()).set(id, reason));
      }
      cursor = next;
    } while (cursor !== undefined);
    return found;
  };

  /** Tokens that are alive, by provider. */
  const living = async (accepted: readonly Accepted[]) => {
    const jobs = accepted.flatMap((each) => each.jobs);
    const alive = world.places.map(async ({ id, sandbox }) => {
      const tokens = jobs.filter(({ provider }) => provider === id).map(({ token }) => token);
      return sandbox.alive(tokens);
    });
    return new Set((await Promise.all(alive)).flat());
  };

  return {
    peek: async (id) => {
      try {
        return await caller.client.revocation(id);
      } catch (error) {
        // An answer that breaks the contract is a finding; one that does not come is trouble.
        if (error instanceof z.ZodError) throw error;
        return undefined;
      }
    },
    views: async (accepted) => {
      const parked = await ledger();
      const seen: Omit<View, 'alive'>[] = [];
      for (const { id, jobs, parts } of accepted) {
        seen.push({
          jobs,
          revocation: await caller.client.revocation(id),
          rows: (await Array.fromAsync(caller.client.outcomes(id))).map((row) => ({
            ...row,
            index: firstOf(parts, row.part) + row.index,
          })),
          parked: parked.get(id) ?? new Map(),
        });
      }
      // The tokens last: what a row calls dead can only have died before.
      const alive = await living(accepted);
      return seen.map((view) => ({
        ...view,
        alive: view.jobs.map(({ token }) => alive.has(token)),
      }));
    },
  };
}
