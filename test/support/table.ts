import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import dynalite from 'dynalite';
import { listenOnLoopback } from '../../local/loopback.ts';
import { createTable as createTableAt } from '../../local/table.ts';
import { createTable, type Item, type Table } from '../../shared/store/table.ts';

/** The functions' table on a DynamoDB of its own, in memory. */
export interface TestTable extends AsyncDisposable {
  readonly table: Table;
  readonly client: DynamoDBClient;
  readonly name: string;
  /** Everything it holds. */
  readonly scan: () => Promise<Item[]>;
}

export async function startTable(): Promise<TestTable> {
  const name = 'rescind';
  const server = dynalite({ createTableMs: 0 });
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: await listenOnLoopback(server, 0),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await createTableAt(client, name);
  return {
    name,
    client,
    table: createTable(client, name),
    scan: async () => {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));
      return Items.map((item) => unmarshall(item));
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
