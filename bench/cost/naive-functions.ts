/**
 * What people write today: a message and a row for every job. It keeps the token in the clear in
 * the message, which Rescind does not, and has no pace, no ledger and no careful mode.
 *
 * - `naive` makes each AWS call where it needs it.
 * - `careful` batches what AWS lets it batch, reads each secret once, and leaves retries to SQS.
 */
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import type { SubmittedJob } from './scenario.ts';

export const variants = ['naive', 'careful'] as const;
export type Variant = (typeof variants)[number];

export interface NaiveDependencies {
  readonly variant: Variant;
  readonly dynamoDb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly secretsManager: SecretsManagerClient;
  readonly tableName: string;
  readonly queueUrl: string;
  /** Where each provider takes revocations. */
  readonly endpoints: ReadonlyMap<string, string>;
  readonly log: (line: string) => void;
}

export interface NaiveFunctions {
  /** The API: one request's jobs in. */
  readonly intake: (revocation: string, jobs: readonly SubmittedJob[]) => Promise<void>;
  /** The worker: up to ten messages. */
  readonly work: (event: SQSEvent) => Promise<SQSBatchResponse>;
}

const message = z.object({
  revocation: z.string(),
  index: z.number(),
  provider: z.string(),
  token: z.string(),
});
type Message = z.infer<typeof message>;

const secret = z.object({ clientId: z.string(), clientSecret: z.string() });

/** What may be put into one call. */
const rowsPerCall = 25;
const messagesPerCall = 10;
/** Before a job is tried again. */
const retrySeconds = 5;
const keptSeconds = 365 * 86_400;

export function createNaive(deps: NaiveDependencies): NaiveFunctions {
  const { variant, dynamoDb, sqs, tableName, queueUrl, endpoints, log } = deps;
  const careful = variant === 'careful';
  const readSecret = careful ? cached(secretReader(deps)) : secretReader(deps);

  const print = (service: string, text: string, fields: object) =>
    log(
      JSON.stringify({
        level: 'INFO',
        message: text,
        timestamp: new Date().toISOString(),
        service,
        ...fields,
      }),
    );

  const putRows = async (rows: readonly object[]) => {
    const items = rows.map((row) => marshall(row));
    const calls = careful
      ? chunks(items, rowsPerCall).map((chunk) =>
          dynamoDb.send(
            new BatchWriteItemCommand({
              RequestItems: { [tableName]: chunk.map((Item) => ({ PutRequest: { Item } })) },
            }),
          ),
        )
      : items.map((Item) => dynamoDb.send(new PutItemCommand({ TableName: tableName, Item })));
    await Promise.all(calls);
  };

  const send = async (bodies: readonly string[]) => {
    const calls = careful
      ? chunks(bodies, messagesPerCall).map((chunk) =>
          sqs.send(
            new SendMessageBatchCommand({
              QueueUrl: queueUrl,
              Entries: chunk.map((MessageBody, index) => ({ Id: String(index), MessageBody })),
            }),
          ),
        )
      : bodies.map((MessageBody) =>
          sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody })),
        );
    await Promise.all(calls);
  };

  const setStatus = ({ revocation, index }: Message, status: string, httpStatus: number) =>
    dynamoDb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: marshall({ pk: revocation, sk: String(index) }),
        UpdateExpression: 'SET #status = :status, httpStatus = :http, updatedAt = :at',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: marshall({
          ':status': status,
          ':http': httpStatus,
          ':at': new Date().toISOString(),
        }),
      }),
    );

  /** @returns whether the job is done with, as far as this message is concerned */
  const revoke = async (body: string): Promise<boolean> => {
    const job = message.parse(JSON.parse(body));
    const { clientId, clientSecret } = await readSecret(job.provider);
    const answer = await fetch(endpoints.get(job.provider) ?? '', {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ token: job.token }),
    });
    await answer.text();
    const { revocation, index, provider } = job;
    print('worker', 'Revoked a token', { revocation, index, provider, status: answer.status });
    if (answer.ok) {
      await setStatus(job, 'revoked', answer.status);
      return true;
    }
    if (careful) return false;
    await setStatus(job, 'retrying', answer.status);
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        DelaySeconds: retrySeconds,
      }),
    );
    return true;
  };

  return {
    intake: async (revocation, jobs) => {
      const now = new Date();
      await putRows(
        jobs.map(({ provider, ref }, index) => ({
          pk: revocation,
          sk: String(index),
          provider,
          ref,
          status: 'queued',
          createdAt: now.toISOString(),
          expiresAt: Math.floor(now.getTime() / 1000) + keptSeconds,
        })),
      );
      await send(
        jobs.map(({ provider, token }, index) =>
          JSON.stringify({ revocation, index, provider, token } satisfies Message),
        ),
      );
      print('api', 'Accepted a revocation', { revocation, jobs: jobs.length });
    },

    work: async ({ Records }) => {
      const done = await Promise.all(Records.map(({ body }) => revoke(body)));
      return {
        batchItemFailures: Records.filter((_, index) => !done[index]).map(({ messageId }) => ({
          itemIdentifier: messageId,
        })),
      };
    },
  };
}

type ReadSecret = (provider: string) => Promise<z.infer<typeof secret>>;

const secretReader =
  ({ secretsManager }: NaiveDependencies): ReadSecret =>
  async (provider) => {
    const SecretId = `rescind/providers/${provider}`;
    const { SecretString = '' } = await secretsManager.send(
      new GetSecretValueCommand({ SecretId }),
    );
    return secret.parse(JSON.parse(SecretString));
  };

function cached(read: ReadSecret): ReadSecret {
  const held = new Map<string, ReturnType<ReadSecret>>();
  return (provider) => {
    const value = held.get(provider) ?? read(provider);
    held.set(provider, value);
    return value;
  };
}

const chunks = <Value>(values: readonly Value[], size: number): Value[][] =>
  Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
