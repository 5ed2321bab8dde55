import { QueryCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { deadLetter } from '../../functions/api/contract/answers.ts';
import { messageText, sliceMessage } from '../../shared/domain/slice.ts';
import { seal } from '../../shared/sealing/envelope.ts';
import { parseSealingKeys } from '../../shared/sealing/keys.ts';
import { until } from '../support/until.ts';
import { openTarget } from './target.ts';

const target = openTarget();
const polar = target.provider('polar');

/** A revocation to belong to, whose only job is done. */
async function anyRevocation(): Promise<string> {
  const [issued] = await polar.issue({ count: 1 });
  const jobs = [{ provider: 'polar', token: issued?.token ?? '' }];
  return (await target.revoke(jobs)).revocation.id;
}

/** A slice of one job, as the API would send it. */
async function sliceOf(revocation: string, token: string) {
  const keys = parseSealingKeys(await target.sealingKeys());
  const identity = { revocation, part: 0, slice: 9, provider: 'polar' };
  return sliceMessage.parse({
    v: 2,
    ...identity,
    redrives: 0,
    acceptedAt: Math.floor(Date.now() / 1000),
    jobs: [{ index: 9, ref: 'by-hand', fingerprint: 'f' }],
    sealed: await seal(identity, [{ index: 9, token }], keys),
  });
}

const send = (QueueUrl: string, MessageBody: string) =>
  target.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

describe('what SQS may do', () => {
  it('delivers a slice twice, and there is one outcome', async () => {
    const revocation = await anyRevocation();
    const [issued] = await polar.issue({ count: 1 });
    const token = issued?.token ?? '';
    const body = messageText(await sliceOf(revocation, token));

    await send(target.queueUrl('polar'), body);
    await send(target.queueUrl('polar'), body);

    await until('the token to die', async () => (await polar.alive([token])).length === 0);
    const rows = await until('the outcome to be told', async () => {
      const all = await Array.fromAsync(target.client.outcomes(revocation));
      return all.length === 2 && all;
    });
    expect(rows.find(({ ref }) => ref === 'by-hand')).toMatchObject({ outcome: 'revoked' });
    const { counts } = await target.client.revocation(revocation);
    expect(counts.revoked).toBe(rows.length);
  });

  it('gives a slice up to the dead-letter queue, and the ledger has it with its sealed token', async () => {
    const revocation = await anyRevocation();
    const message = await sliceOf(revocation, 'a-token-nobody-issued');

    await send(target.description.deadLetterQueueUrl, messageText(message));

    const entry = await until('the ledger to hold it', async () => {
      const { items } = await target.list('/v1/dead-letters?provider=polar', deadLetter);
      return items.find((item) => item.revocation === revocation);
    });
    expect(entry).toMatchObject({ ref: 'by-hand', provider: 'polar', reason: 'crashed' });
    const { Items = [] } = await target.dynamoDb.send(
      new QueryCommand({
        TableName: target.description.tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :ledger)',
        ExpressionAttributeValues: {
          ':pk': { S: `REV#${revocation}` },
          ':ledger': { S: 'LEDGER#' },
        },
      }),
    );
    expect(Items.map(({ sealed }) => sealed?.S)).toEqual([message.sealed]);
  });

  it('brings messages that are not ours, which disturb nobody', async () => {
    for (const body of ['not json', '{"v":1}', '{"hello":"world"}']) {
      await send(target.queueUrl('polar'), body);
    }
    const issued = await polar.issue({ count: 25 });

    const { revocation } = await target.revoke(
      issued.map(({ token }) => ({ provider: 'polar', token })),
    );

    expect(revocation.counts.revoked).toBe(25);
  });
});

describe('what is written down', () => {
  it('holds no token in the clear', async () => {
    const issued = await polar.issue({ count: 5 });
    const [foreign] = await polar.issue({ count: 1, foreign: true });
    const tokens = [...issued, ...(foreign === undefined ? [] : [foreign])].map(
      ({ token }) => token,
    );
    const { revocation } = await target.revoke(
      tokens.map((token) => ({ provider: 'polar', token })),
    );

    const { Items = [] } = await target.dynamoDb.send(
      new QueryCommand({
        TableName: target.description.tableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: `REV#${revocation.id}` } },
      }),
    );

    const kinds = Items.map(({ sk }) => sk?.S?.split('#')[0]);
    expect(kinds).toEqual(expect.arrayContaining(['PART', 'SLICE', 'LEDGER']));
    const text = JSON.stringify(Items);
    for (const token of tokens) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(Buffer.from(token).toString('base64url'));
    }
  });
});
