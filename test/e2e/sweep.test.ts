import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { deadLetter } from '../../functions/api/contract/answers.ts';
import { tableName } from '../../local/stack.ts';
import { ledgerKey } from '../../shared/store/keys.ts';
import { ok, startScriptedProvider } from '../support/scripted-provider.ts';
import { quickRetry, startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

it('what an outage has exhausted is revoked by itself, when its time has come', async () => {
  // Prepare
  let down = true;
  await using acme = await startScriptedProvider('acme', () => (down ? { status: 500 } : ok), {
    retry: { ...quickRetry, maxAttempts: 1 },
  });
  await using rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret },
    sweepSeconds: 0.5,
  });
  const { revocation } = await rescind.revoke([{ provider: 'acme', token: 'a-token' }]);
  expect(revocation.counts.parked).toBe(1);
  await until('the ledger to list it', async () => {
    return (await rescind.list('/v1/dead-letters', deadLetter)).items.length === 1;
  });
  down = false;
  await until('a sweep that leaves it alone', () => rescind.printed().includes('sweep.done'));
  expect(acme.calls).toHaveLength(1);

  // Act: an hour goes by.
  const { env } = rescind.stack;
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
  const { pk, sk } = ledgerKey({ revocation: revocation.id, part: 0, slice: 0 });
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: 'SET entries.#index.parkedAt = :then',
      ExpressionAttributeNames: { '#index': '0' },
      ExpressionAttributeValues: {
        ':then': { S: new Date(Date.now() - 3_600_000).toISOString() },
      },
    }),
  );
  client.destroy();

  // Assess
  await until('it to be revoked', async () => {
    return (await rescind.client.revocation(revocation.id)).counts.revoked === 1;
  });
  const { outcomes } = await rescind.completed(revocation.id);
  expect(outcomes).toMatchObject([{ outcome: 'revoked', attempts: 2 }]);
  expect((await rescind.list('/v1/dead-letters', deadLetter)).items).toEqual([]);
});
