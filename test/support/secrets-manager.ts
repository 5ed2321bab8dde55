import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { listenOnLoopback } from '../../local/loopback.ts';

/** One secret with its versions, as AWS keeps them. */
interface HeldSecret {
  kmsKeyId: string | undefined;
  changedAt: Date;
  /** The last one is AWSCURRENT. */
  readonly versions: { readonly id: string; readonly text: string; readonly createdAt: Date }[];
}

/** A Secrets Manager that can be written to, and keeps versions. */
export interface TestSecretsManager extends AsyncDisposable {
  readonly client: SecretsManagerClient;
  /** Environment in which an AWS client of another process reaches it. */
  readonly env: Readonly<Record<string, string>>;
  readonly held: ReadonlyMap<string, HeldSecret>;
  /** Calls that were made, in order, by action. */
  readonly calls: string[];
  /** Puts a version there, as its owner would. */
  readonly put: (name: string, text: string, at?: Date) => void;
  /** Is asked before each call is answered; what it throws is an answer with that code. */
  intercept: (action: string) => Promise<void>;
}

/** An answer with an error code of AWS. */
export class Refusal extends Error {
  readonly code: string;

  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

const input = z.object({
  Name: z.string().optional(),
  SecretId: z.string().optional(),
  SecretString: z.string().optional(),
  KmsKeyId: z.string().optional(),
  ClientRequestToken: z.string().min(32).max(64).optional(),
});

/**
 * @param aliases KMS keys that there are; a secret can be put under no other
 * @param now the service's clock
 */
export async function startSecretsManager({
  aliases = [] as readonly string[],
  now = () => new Date(),
} = {}): Promise<TestSecretsManager> {
  const held = new Map<string, HeldSecret>();
  const calls: string[] = [];

  const write = (name: string, text: string, id: string, at: Date) => {
    const secret = held.get(name) ?? { kmsKeyId: undefined, changedAt: at, versions: [] };
    held.set(name, secret);
    const same = secret.versions.find((version) => version.id === id);
    if (same === undefined) {
      secret.versions.push({ id, text, createdAt: at });
      secret.changedAt = at;
    } else if (same.text !== text) {
      throw new Refusal('ResourceExistsException', 'a version of that id holds something else');
    }
    return secret;
  };

  const answer = (action: string, request: z.infer<typeof input>): object => {
    const { Name = request.SecretId ?? '', KmsKeyId, SecretString = '' } = request;
    const secret = held.get(Name);
    if (action === 'CreateSecret' && secret !== undefined) {
      throw new Refusal('ResourceExistsException', 'the secret already exists');
    }
    if (action !== 'CreateSecret' && secret === undefined) {
      throw new Refusal('ResourceNotFoundException', "can't find the specified secret");
    }
    if (KmsKeyId !== undefined && !aliases.includes(KmsKeyId)) {
      const message = `The operation failed because of an invalid KMS key: Alias ${KmsKeyId} is not found.`;
      throw new Refusal('InvalidParameterException', message);
    }
    const ARN = `arn:aws:secretsmanager:us-east-1:000000000000:secret:${Name}-Ab12Cd`;
    const current = secret?.versions.at(-1);
    switch (action) {
      case 'GetSecretValue':
        return {
          ARN,
          Name,
          SecretString: current?.text,
          VersionId: current?.id,
          CreatedDate: seconds(current?.createdAt),
        };
      case 'DescribeSecret':
        return { ARN, Name, LastChangedDate: seconds(secret?.changedAt) };
      case 'CreateSecret':
      case 'UpdateSecret':
      case 'PutSecretValue': {
        const id = request.ClientRequestToken ?? randomUUID();
        const written = write(Name, SecretString, id, now());
        if (KmsKeyId !== undefined) written.kmsKeyId = KmsKeyId;
        return { ARN, Name, VersionId: id };
      }
      default:
        throw new Refusal('InvalidRequestException', `${action} is not emulated`);
    }
  };

  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const [status, body] = await (async (): Promise<[number, object]> => {
      try {
        const asked = input.parse(await json(request));
        calls.push(action);
        await manager.intercept(action);
        return [200, answer(action, asked)];
      } catch (error) {
        if (!(error instanceof Refusal)) return [500, { __type: 'InternalServiceError' }];
        return [400, { __type: error.code, Message: error.message }];
      }
    })();
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(body));
  });
  const endpoint = await listenOnLoopback(server, 0);
  const client = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  const manager: TestSecretsManager = {
    client,
    held,
    calls,
    env: {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
    },
    put: (name, text, at = now()) => {
      write(name, text, randomUUID(), at);
    },
    intercept: async () => {},
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return manager;
}

const seconds = (date: Date | undefined): number | undefined =>
  date === undefined ? undefined : date.getTime() / 1000;
