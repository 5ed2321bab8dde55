import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { itemBytes } from '../../test/support/item-size.ts';
import type { Tally } from '../../test/support/meter.ts';

/** How often a function ran, and for how long in all on this machine. */
export interface Invocations {
  count: number;
  seconds: number;
}

/** What a run of `jobs` revocations has used. */
export interface Usage {
  readonly jobs: number;
  /** HTTP requests that the jobs came in. */
  readonly apiRequests: number;
  readonly tally: Tally;
  readonly api: Invocations;
  readonly worker: Invocations;
  /** What the functions printed, as CloudWatch Logs would take it in. */
  readonly logBytes: number;
  readonly stored: Stored;
  /** Seconds from the first request to the last message deleted. */
  readonly seconds: number;
}

/** What lies in a table. */
export interface Stored {
  readonly items: number;
  /** As DynamoDB bills for storing them. */
  readonly bytes: number;
  /** Bytes times the months for which each item is kept, a year at most. */
  readonly byteMonths: number;
}

/** A way of building the thing, to be measured by a scenario. */
export interface Measured {
  readonly usage: Usage;
  /** What the functions printed. */
  readonly printed: string;
}

export const noInvocations = (): Invocations => ({ count: 0, seconds: 0 });

/** Counts one invocation. */
export function addInvocation(to: Invocations, milliseconds: number): void {
  to.count += 1;
  // Lambda bills whole milliseconds.
  to.seconds += Math.ceil(milliseconds) / 1000;
}

/** DynamoDB's own, for each item. */
const overheadBytes = 100;
const secondsPerMonth = (365 / 12) * 86_400;

export async function storedIn(client: DynamoDBClient, TableName: string): Promise<Stored> {
  let items = 0;
  let bytes = 0;
  let byteMonths = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName })) {
    items += Items.length;
    for (const item of Items) {
      const size = itemBytes(item) + overheadBytes;
      const left = Number(item.expiresAt?.N ?? Number.POSITIVE_INFINITY) - Date.now() / 1000;
      bytes += size;
      byteMonths += size * Math.min(12, left / secondsPerMonth);
    }
  }
  return { items, bytes, byteMonths };
}
