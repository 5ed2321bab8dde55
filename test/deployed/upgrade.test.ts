import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { provider } from '../../functions/api/contract/answers.ts';
import { parseSealingKeys } from '../../shared/sealing/keys.ts';
import { openTarget } from '../blackbox/target.ts';
import { until } from '../support/until.ts';
import * as format1 from '../upgrade/format-1.ts';
import { cdk } from './cdk.ts';

const target = openTarget();
const { tableName, testStage } = target.description;
const down = target.provider('down');

/** Writes an item as the previous version did. */
const put = (Item: format1.Item) =>
  target.dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));

async function keysOfPreviousVersion(): Promise<format1.Keys> {
  const { sealWith, fingerprintWith } = parseSealingKeys(await target.sealingKeys());
  return { kid: sealWith.kid, key: sealWith.key, fingerprintKey: fingerprintWith };
}

/** A revocation of 25 jobs that the previous version has taken in, its slice on the queue. */
async function previousRevocation(tokens: readonly string[]): Promise<string> {
  const keys = await keysOfPreviousVersion();
  const id = format1.newRevocationId();
  const at = new Date().toISOString();
  const jobs = tokens.map((token, index) => ({ index, token, ref: `old-${index}` }));
  const slice = { revocation: id, part: 0, slice: 0, provider: 'down', jobs };
  await put(
    format1.partItem({
      id,
      requestedBy: 'somebody',
      createdAt: at,
      acceptedAt: at,
      total: jobs.length,
    }),
  );
  await target.sqs.send(
    new SendMessageCommand({
      QueueUrl: target.queueUrl('down'),
      MessageBody: await format1.sliceMessage(slice, keys),
      MessageGroupId: id,
    }),
  );
  return id;
}

describe('a deployment over a queue that is not empty', () => {
  it('finishes what the previous format and the previous deployment left there', async () => {
    // Long enough that no call is under way when the functions are replaced.
    await down.setFaults({ unavailable: { retryAfter: 45 } });
    const old = (await down.issue({ count: 25 })).map(({ token }) => token);
    const current = (await down.issue({ count: 25 })).map(({ token }) => token);
    const oldId = await previousRevocation(old);
    const { id } = await target.client.submit({
      jobs: current.map((token) => ({ provider: 'down', token })),
    });
    await until('the lane to stand still', async () => {
      const { items } = await target.list('/v1/providers', provider);
      return items.find((item) => item.id === 'down')?.health.state === 'paused';
    });

    if (testStage === undefined) throw new Error('the target is not told how to be deployed again');
    // It changes the environment of every function, so that each is replaced.
    await cdk(testStage, 'deploy', '--require-approval', 'never', '-c', 'retentionDays=30');
    await down.setFaults({});

    for (const [revocation, tokens] of [
      [oldId, old],
      [id, current],
    ] as const) {
      const { counts } = (await target.completed(revocation)).revocation;
      expect(counts).toMatchObject({ total: 25, revoked: 25, queued: 0, parked: 0 });
      expect(await down.alive(tokens)).toEqual([]);
    }
    const rows = await Array.fromAsync(target.client.outcomes(oldId));
    expect(rows.map(({ ref }) => ref).sort()).toEqual(old.map((_, index) => `old-${index}`).sort());
  });
});
