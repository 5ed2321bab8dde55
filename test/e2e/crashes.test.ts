import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { deadLetter } from '../../functions/api/contract/answers.ts';
import { sliceMessage } from '../../shared/domain/slice.ts';
import { seal } from '../../shared/sealing/envelope.ts';
import { generateSealingKeys, parseSealingKeys } from '../../shared/sealing/keys.ts';
import { ok, type Script, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { type AwsRequest, createTap, type TapHooks } from '../support/tap.ts';
import { until } from '../support/until.ts';

const jobs = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    provider: 'acme',
    token: `token-${index}`,
    ref: `job-${index}`,
  }));

/** A stack with one scripted provider, `acme`, and a tap on its AWS traffic. */
async function withTap(
  hooks: (rescind: () => TestStack) => TapHooks,
  script: (rescind: () => TestStack) => Script = () => () => ok,
  entry: Readonly<Record<string, unknown>> = {},
) {
  let rescind: TestStack | undefined;
  const running = () => {
    if (rescind === undefined) throw new Error('the stack has not started');
    return rescind;
  };
  const tap = createTap(hooks(running));
  const provider = await startScriptedProvider('acme', script(running), entry);
  rescind = await startTestStack({
    providers: [provider.entry],
    secrets: { acme: provider.secret },
    tap: tap.tap,
  });
  return {
    rescind,
    provider,
    tap,
    sqs: new SQSClient({
      region: 'us-east-1',
      endpoint: rescind.stack.env.AWS_ENDPOINT_URL_SQS ?? '',
      credentials: {
        accessKeyId: rescind.stack.env.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: 'local',
      },
    }),
    [Symbol.asyncDispose]: async () => {
      await running()[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
      await tap[Symbol.asyncDispose]();
    },
  };
}

const writesSlice = ({ operation, body }: AwsRequest) =>
  operation === 'PutItem' && JSON.stringify(body).includes('SLICE#');
const writesProgress = ({ operation, body }: AwsRequest) =>
  operation === 'UpdateItem' && String(body.UpdateExpression).startsWith('ADD ');

/** Kills acme's worker the first time a request matches, and drops that request. */
const killOnce = (matches: (request: AwsRequest) => boolean) => (rescind: () => TestStack) => {
  let killed = false;
  const hooks: TapHooks = {
    before: async (request) => {
      if (killed || !matches(request)) return undefined;
      killed = true;
      await rescind().stack.crash({ worker: 'acme' });
      throw new Error('killed');
    },
  };
  return hooks;
};

describe('a worker that dies', () => {
  it.each([
    ['between the provider’s answers and the outcome write', writesSlice],
    ['between the outcome write and the progress', writesProgress],
  ])('%s loses nothing and counts each job once', async (_, step) => {
    await using setting = await withTap(killOnce(step));

    const { revocation, outcomes } = await setting.rescind.revoke(jobs(25));

    expect(revocation.counts).toMatchObject({ total: 25, revoked: 25, queued: 0 });
    expect(outcomes).toHaveLength(25);
    expect(outcomes.every(({ outcome }) => outcome === 'revoked')).toBe(true);
  });

  it('between the progress and the acknowledgement counts nothing twice', async () => {
    let killed = false;
    await using setting = await withTap((rescind) => ({
      after: async (request) => {
        if (killed || !writesProgress(request)) return;
        killed = true;
        await rescind().stack.crash({ worker: 'acme' });
      },
    }));

    const { revocation } = await setting.rescind.revoke(jobs(25));
    await until(
      'the redelivered message to be done with',
      () => setting.tap.requests.filter(writesProgress).length > 1,
    );

    expect(await setting.rescind.client.revocation(revocation.id)).toMatchObject({
      status: 'completed',
      counts: { total: 25, revoked: 25, queued: 0 },
    });
    // The redelivery read what had ended and called nobody.
    expect(setting.provider.calls).toHaveLength(25);
  });

  it('of one job among 25 gets that job alone parked as crashed', async () => {
    await using setting = await withTap(
      () => ({}),
      (rescind) =>
        async ({ token }) => {
          if (token === 'token-7') await rescind().stack.crash({ worker: 'acme' });
          return ok;
        },
    );

    const { revocation, outcomes } = await setting.rescind.revoke(jobs(25));

    expect(revocation.counts).toMatchObject({ total: 25, revoked: 24, parked: 1 });
    expect(outcomes.find(({ ref }) => ref === 'job-7')).toMatchObject({
      outcome: 'parked',
      reason: 'crashed',
    });
    const ledger = await setting.rescind.list('/v1/dead-letters', deadLetter);
    expect(ledger.items).toMatchObject([{ ref: 'job-7', reason: 'crashed' }]);
    // Once with its neighbours, and twice alone.
    expect(setting.provider.callsFor('token-7').length).toBeLessThanOrEqual(3);
  });
});

describe('SQS at its worst', () => {
  it('delivering a slice twice makes one outcome a job', async () => {
    await using setting = await withTap(() => ({}));
    const { rescind, sqs, tap } = setting;
    const first = await rescind.revoke(jobs(30));
    const sent = tap.requests.find(({ operation }) => operation === 'SendMessageBatch');
    const entries = sent?.body.Entries as { MessageBody: string }[];

    for (const { MessageBody } of entries) {
      const QueueUrl = rescind.stack.queueUrl('acme');
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await until('the duplicates to be done', () => setting.provider.calls.length >= 60);
    await until(
      'their progress to be written',
      () => tap.requests.filter(writesProgress).length >= 4,
    );

    const { revocation, outcomes } = await rescind.completed(first.revocation.id);
    expect(revocation.counts).toEqual(first.revocation.counts);
    expect(outcomes).toEqual(first.outcomes);
  });

  it('moving a slice to the dead-letter queue parks its unfinished jobs with their sealed tokens', async () => {
    await using setting = await withTap(() => ({}));
    const { rescind, sqs, tap } = setting;
    // A revocation to belong to, whose only real job is done.
    const { revocation } = await rescind.revoke(jobs(1));
    const keys = parseSealingKeys(generateSealingKeys());
    const identity = { revocation: revocation.id, part: 0, slice: 9, provider: 'acme' };
    const message = sliceMessage.parse({
      v: 2,
      ...identity,
      redrives: 0,
      acceptedAt: Math.floor(Date.now() / 1000),
      jobs: [{ index: 9, ref: 'lost', fingerprint: 'f' }],
      sealed: await seal(identity, [{ index: 9, token: 'a-token' }], keys),
    });

    await sqs.send(
      new SendMessageCommand({
        QueueUrl: rescind.stack.deadLetterQueueUrl,
        MessageBody: JSON.stringify(message),
      }),
    );

    const [entry] = await until('the ledger to hold it', async () => {
      const { items } = await rescind.list('/v1/dead-letters', deadLetter);
      return items.length > 0 && items;
    });
    expect(entry).toMatchObject({ ref: 'lost', provider: 'acme', reason: 'crashed' });
    const parked = tap.requests.find(
      ({ operation, body }) => operation === 'PutItem' && JSON.stringify(body).includes('LEDGER#'),
    );
    expect(JSON.stringify(parked?.body)).toContain(message.sealed);
  });

  it('bringing a slice that no key opens gets it parked as misconfigured', async () => {
    await using setting = await withTap(() => ({}), undefined, {
      retry: { maxAttempts: 2, baseSeconds: 0.01, maxSeconds: 0.01 },
    });
    const { rescind, sqs } = setting;
    const { revocation } = await rescind.revoke(jobs(1));
    const identity = { revocation: revocation.id, part: 0, slice: 9, provider: 'acme' };
    const strangers = parseSealingKeys(generateSealingKeys());
    const sealed = await seal(identity, [{ index: 9, token: 'a-token' }], strangers);
    const message = {
      v: 2,
      ...identity,
      redrives: 0,
      acceptedAt: Math.floor(Date.now() / 1000),
      jobs: [{ index: 9, fingerprint: 'f' }],
      sealed,
    };

    await sqs.send(
      new SendMessageCommand({
        QueueUrl: rescind.stack.queueUrl('acme'),
        MessageBody: JSON.stringify(message),
      }),
    );

    const [entry] = await until('the ledger to hold it', async () => {
      const { items } = await rescind.list('/v1/dead-letters', deadLetter);
      return items.length > 0 && items;
    });
    expect(entry).toMatchObject({ reason: 'misconfigured', attempts: 2 });
    expect(entry?.detail).toContain('key');
  });

  it('bringing a message that is not ours disturbs nobody', async () => {
    await using setting = await withTap(() => ({}));
    const { rescind, sqs } = setting;
    for (const MessageBody of ['not json', '{"v":2}', '{"hello":"world"}']) {
      const QueueUrl = rescind.stack.queueUrl('acme');
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }

    const { revocation } = await rescind.revoke(jobs(25));

    expect(revocation.counts.revoked).toBe(25);
    await until(
      'the strangers to be told of',
      () => rescind.printed().split('slice.unreadable').length > 3,
    );
  });
});
