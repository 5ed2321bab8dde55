import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { waitToRepeat } from '../retry-wait.ts';

/** Every item's key. What lives under which key is told in `keys.ts`. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** An item as read: its shape is checked by whoever knows it. */
export type Item = Record<string, unknown>;

/** The names and values that an expression refers to. */
export interface Bindings {
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A page of a query. `last` continues it; undefined at the end. */
export interface Page {
  readonly items: readonly Item[];
  readonly last: Item | undefined;
}

/** The table, spoken to in plain values. Conditional writes answer false or undefined when refused. */
export interface Table {
  readonly get: (key: Key, options?: { consistent?: boolean }) => Promise<Item | undefined>;
  /** @throws Error when DynamoDB leaves some unread again and again, as a throttled table's may */
  readonly getMany: (keys: readonly Key[]) => Promise<readonly Item[]>;
  /** @returns whether it was written */
  readonly put: (item: Item, condition?: string, bindings?: Bindings) => Promise<boolean>;
  /** @returns the item as it now stands; undefined when the condition did not hold */
  readonly update: (
    key: Key,
    expression: string,
    bindings: Bindings,
    condition?: string,
  ) => Promise<Item | undefined>;
  readonly query: (
    input: Pick<
      QueryCommandInput,
      | 'IndexName'
      | 'KeyConditionExpression'
      | 'ProjectionExpression'
      | 'ScanIndexForward'
      | 'Limit'
      | 'ConsistentRead'
    > &
      Bindings & { after?: Item | undefined },
  ) => Promise<Page>;
}

/** Reads of many items in a row of which none is answered. */
const maximumReadsInVain = 6;

const marshallOptions = { removeUndefinedValues: true } as const;

function bound({ names, values }: Bindings) {
  return {
    ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    ...(values === undefined
      ? {}
      : { ExpressionAttributeValues: marshall(values, marshallOptions) }),
  };
}

async function unlessRefused<Result>(write: Promise<Result>): Promise<Result | undefined> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

export function createTable(client: DynamoDBClient, TableName: string): Table {
  return {
    get: async (key, { consistent = true } = {}) => {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: marshall(key), ConsistentRead: consistent }),
      );
      return Item === undefined ? undefined : unmarshall(Item);
    },

    getMany: async (keys) => {
      const found: Item[] = [];
      let left = keys.map((key) => marshall(key));
      let inVain = 0;
      while (left.length > 0) {
        const { Responses, UnprocessedKeys } = await client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: left.slice(0, 100) } } }),
        );
        found.push(...(Responses?.[TableName] ?? []).map((item) => unmarshall(item)));
        const unread = UnprocessedKeys?.[TableName]?.Keys ?? [];
        inVain = unread.length > 0 && unread.length === Math.min(left.length, 100) ? inVain + 1 : 0;
        if (inVain === maximumReadsInVain) {
          throw new Error('the table does not keep up with its reads; try again in a minute');
        }
        if (unread.length > 0) await waitToRepeat(inVain);
        left = [...left.slice(100), ...unread];
      }
      return found;
    },

    put: async (item, condition, bindings = {}) => {
      const written = client.send(
        new PutItemCommand({
          TableName,
          Item: marshall(item, marshallOptions),
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...bound(bindings),
        }),
      );
      return (await unlessRefused(written)) !== undefined;
    },

    update: async (key, expression, bindings, condition) => {
      const written = client.send(
        new UpdateItemCommand({
          TableName,
          Key: marshall(key),
          UpdateExpression: expression,
          ReturnValues: 'ALL_NEW',
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...bound(bindings),
        }),
      );
      const answer = await unlessRefused(written);
      return answer === undefined ? undefined : unmarshall(answer.Attributes ?? {});
    },

    query: async ({ names, values, after, ...input }) => {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName,
          ...input,
          ...bound({ ...(names && { names }), ...(values && { values }) }),
          ...(after === undefined ? {} : { ExclusiveStartKey: marshall(after) }),
        }),
      );
      return {
        items: Items.map((item) => unmarshall(item)),
        last: LastEvaluatedKey === undefined ? undefined : unmarshall(LastEvaluatedKey),
      };
    },
  };
}
