import type * as z from 'zod';
import { listOf } from '../../functions/api/contract/answers.ts';
import {
  type Client,
  clientOver,
  type Outcome,
  type Revocation,
  type Send,
} from '../../local/client.ts';
import { until } from './until.ts';

/** A revocation that is completed, and what became of each of its jobs. */
export interface Completed {
  readonly revocation: Revocation;
  readonly outcomes: Outcome[];
}

/** The API as tests call it. */
export interface Caller {
  readonly client: Client;
  /** An authorized call; `path` begins with /v1. */
  readonly api: Send;
  /** GETs a list and holds it to the contract. */
  readonly list: <Item>(
    path: string,
    item: z.ZodType<Item>,
  ) => Promise<{ items: Item[]; cursor?: string | undefined }>;
  /** Submits and waits until every job has an outcome. */
  readonly revoke: (jobs: Parameters<Client['submit']>[0]['jobs']) => Promise<Completed>;
  readonly completed: (id: string) => Promise<Completed>;
}

export function callerOver(api: Send): Caller {
  const client = clientOver(api);
  const completed = async (id: string) => {
    const revocation = await until(`revocation ${id} to complete`, async () => {
      const now = await client.revocation(id);
      return now.status === 'completed' ? now : undefined;
    });
    return { revocation, outcomes: await Array.fromAsync(client.outcomes(id)) };
  };
  return {
    client,
    api,
    list: async (path, item) => listOf(item).parse(await (await api(path)).json()),
    revoke: async (jobs) => completed((await client.submit({ jobs })).id),
    completed,
  };
}
