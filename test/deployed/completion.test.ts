import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, expect, it } from 'vitest';
import * as z from 'zod';
import { openTarget } from '../blackbox/target.ts';
import { until } from '../support/until.ts';

const target = openTarget();
const { waiting } = target.description;
if (waiting === undefined) throw new Error('nobody waits for completions at this target');
const stepFunctions = new SFNClient();
afterAll(() => stepFunctions.destroy());

async function receive(queueUrl: string): Promise<string[]> {
  const { Messages = [] } = await target.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  for (const { ReceiptHandle } of Messages) {
    await target.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
  return Messages.map(({ Body = '' }) => Body);
}

/** A state machine that has begun to wait. */
async function startWaiting() {
  const { executionArn } = await stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: waiting?.stateMachineArn }),
  );
  const taskToken = await until(
    'the task',
    async () => (await receive(waiting?.tasksQueueUrl ?? ''))[0],
  );
  const ended = (): Promise<DescribeExecutionOutput> =>
    until('the execution to end', async () => {
      const now = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
      return now.status !== 'RUNNING' && now;
    });
  return { taskToken, ended };
}

const published = z.object({
  source: z.literal('rescind'),
  'detail-type': z.literal('Revocation Completed'),
  detail: z.object({ event: z.string(), id: z.string(), allDead: z.boolean() }),
});
const events = new Map<string, boolean>();

/** The event of a revocation, which other tests' may come before. */
const eventOf = (id: string): Promise<boolean | undefined> =>
  until(`the event of ${id}`, async () => {
    for (const text of await receive(waiting?.eventsQueueUrl ?? '')) {
      const { detail } = published.parse(JSON.parse(text));
      events.set(detail.id, detail.allDead);
    }
    return events.has(id);
  }).then(() => events.get(id));

const caught = z.object({ Error: z.literal('Rescind.TokensAlive'), Cause: z.string() });

it.each([
  [true, {}],
  [false, { foreign: true }],
])('a state machine and a bus are told whether all tokens are dead: %s', async (allDead, kind) => {
  const { taskToken, ended } = await startWaiting();
  const [issued] = await target.provider('polar').issue({ count: 1, ...kind });
  const jobs = [{ provider: 'polar', token: issued?.token ?? '' }];
  const { id } = await target.client.submit({ taskToken, jobs });

  const execution = await ended();
  expect(execution.status).toBe('SUCCEEDED');
  const output: unknown = JSON.parse(execution.output ?? '');
  const said: unknown = allDead ? output : JSON.parse(caught.parse(output).Cause);
  expect(said).toMatchObject({ event: `${id}-0`, id, allDead });
  expect(await eventOf(id)).toBe(allDead);
});
