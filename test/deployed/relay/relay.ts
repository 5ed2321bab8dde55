import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { prefixOf } from '../../../shared/stage.ts';
import { apiUrl } from '../api-url.ts';
import { type CdkApp, deploy, destroy } from '../cdk.ts';
import { startClient } from './client.ts';

/** Makes servers of this machine reachable for AWS, as long as it is not disposed of. */
export interface Relay extends AsyncDisposable {
  /**
   * @param server a name for it, fit for a URL
   * @param origin where it listens
   * @returns the URL that stands for `origin` in AWS
   */
  readonly reach: (server: string, origin: string) => string;
}

const outputs = z.object({ ApiUrl: z.string(), QueueUrl: z.string(), TableName: z.string() });

/**
 * Deploys the relay's stack and brings the requests that it is sent to servers of this machine: to
 * those that have been named to `reach`, and nowhere else. Its end takes the stack down.
 *
 * It has been run against MiniStack, an emulator, and never on AWS.
 *
 * @param directory for CDK's files
 */
export async function openRelay(stage: string, directory: string): Promise<Relay> {
  const secret = randomBytes(16).toString('hex');
  const app: CdkApp = {
    app: 'node test/deployed/relay/app.ts',
    context: { stage },
    directory: join(directory, 'relay'),
    env: { RELAY_SECRET: secret },
  };
  const origins = new Map<string, string>();
  await using resources = new AsyncDisposableStack();
  resources.defer(() => destroy(app));
  const { ApiUrl, QueueUrl, TableName } = await deploy(app, `${prefixOf(stage)}-relay`, outputs);
  const sqs = resources.adopt(new SQSClient(), (client) => client.destroy());
  const dynamoDb = resources.adopt(new DynamoDBClient(), (client) => client.destroy());
  resources.use(
    startClient({ sqs, dynamoDb, queueUrl: QueueUrl, tableName: TableName }, (server) =>
      origins.get(server),
    ),
  );
  const open = resources.move();
  return {
    reach: (server, origin) => {
      origins.set(server, origin);
      return `${apiUrl(ApiUrl)}/${secret}/${server}`;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
