import { writeFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { AwsClient } from 'aws4fetch';
import { inject } from 'vitest';
import { type Send, withApiKey } from '../../local/client.ts';
import { readSecrets } from '../../local/secret-source.ts';
import { writeSecret } from '../../scripts/write-secret.ts';
import { providerSecretName, sealingKeysName } from '../../shared/secrets/names.ts';
import type { CdkApp } from '../deployed/cdk.ts';
import { type Caller, callerOver } from '../support/caller.ts';
import { type Provider, remoteProvider } from './provider.ts';

/** A deployment as the suite finds it. Plain data: it travels from process to process. */
export interface TargetDescription {
  /** Where the API answers; `/v1/…` follows. */
  readonly url: string;
  /** How the embedded stack is called; without it calls are signed with IAM credentials. */
  readonly apiKey?: string;
  readonly region: string;
  readonly tableName: string;
  readonly queueUrlPrefix: string;
  readonly deadLetterQueueUrl: string;
  readonly secretsPrefix: string;
  /** Where the embedded stack takes secrets from, in place of Secrets Manager. */
  readonly secretsFile?: string;
  /** Control URL of each provider's sandbox, by the provider's id. */
  readonly providers: Readonly<Record<string, string>>;
  /** What deploys it again; the embedded stack is not deployed. */
  readonly testStage?: CdkApp;
  /** Who waits for completions; the embedded stack tells none. */
  readonly waiting?: Readonly<
    Record<'stateMachineArn' | 'tasksQueueUrl' | 'eventsQueueUrl', string>
  >;
  /** Endpoints and credentials of AWS; without them the environment's are used, as ever. */
  readonly aws?: Readonly<Record<string, string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    target: TargetDescription;
  }
}

/** A deployment, ready to be used and looked into. */
export interface Target extends Caller {
  readonly description: TargetDescription;
  /** A call with credentials that nobody gave out. */
  readonly stranger: Send;
  readonly provider: (id: string) => Provider;
  readonly queueUrl: (provider: string) => string;
  readonly setSecret: (provider: string, secret: object) => Promise<void>;
  /** The text of the sealing keys' secret. */
  readonly sealingKeys: () => Promise<string>;
  readonly sqs: SQSClient;
  readonly dynamoDb: DynamoDBClient;
}

/** The deployment under test; a test file opens it once. */
export function openTarget(): Target {
  const description = inject('target');
  const { url, apiKey, region, secretsPrefix, aws } = description;
  const at = (service: string) => ({
    region,
    ...(aws !== undefined && {
      endpoint: aws[`AWS_ENDPOINT_URL_${service}`] ?? '',
      credentials: {
        accessKeyId: aws.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: aws.AWS_SECRET_ACCESS_KEY ?? '',
      },
    }),
  });
  const secrets = new SecretsManagerClient(at('SECRETS_MANAGER'));
  const given = fromNodeProviderChain();
  const api = apiKey === undefined ? signed(url, region, given) : withApiKey(url, apiKey);
  const stranger =
    apiKey === undefined
      ? signed(url, region, async () => ({
          accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
          secretAccessKey: 'guessed',
        }))
      : withApiKey(url, 'guessed');

  return {
    ...callerOver(api),
    description,
    stranger,
    provider: (id) => remoteProvider(id, description.providers[id] ?? ''),
    queueUrl: (provider) => description.queueUrlPrefix + provider,
    setSecret: async (provider, secret) => {
      if (description.secretsFile !== undefined) {
        return replaceInFile(description.secretsFile, provider, secret);
      }
      const name = providerSecretName(secretsPrefix, provider);
      await writeSecret(secrets, name, JSON.stringify(secret), undefined);
    },
    sealingKeys: async () => {
      const SecretId = sealingKeysName(secretsPrefix);
      const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
      return SecretString ?? '';
    },
    sqs: new SQSClient(at('SQS')),
    dynamoDb: new DynamoDBClient(at('DYNAMODB')),
  };
}

type Credentials = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}>;

/** Calls signed with IAM credentials, as API Gateway wants them. */
function signed(url: string, region: string, credentials: Credentials): Send {
  return async (path, init) => {
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
    const aws = new AwsClient({
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
      service: 'execute-api',
      region,
      // What a call answers is what is tested.
      retries: 0,
    });
    return aws.fetch(`${url}${path}`, init);
  };
}

async function replaceInFile(file: string, provider: string, secret: object): Promise<void> {
  const secrets = await readSecrets(file);
  await writeFile(file, JSON.stringify({ ...secrets, [provider]: secret }));
}
