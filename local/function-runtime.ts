/**
 * What runs inside a function's thread or process: loads the bundle as Lambda's Node runtime does,
 * then takes one event after another.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';

/** From the host to the function. */
export interface Invocation {
  readonly id: number;
  readonly event: unknown;
  /** Epoch milliseconds at which the host ends the function. */
  readonly deadline: number;
}

/** From the function to the host. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const [, , entryArgument = '', nameArgument = ''] = process.argv;
const { entry, name } =
  parentPort === null
    ? { entry: entryArgument, name: nameArgument }
    : (workerData as { entry: string; name: string });
const { handler } = (await import(entry)) as { handler: Handler };

function contextOf({ id, deadline }: Invocation): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    memoryLimitInMB: '512',
    awsRequestId: `${name}-${id}`,
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

const reply = (message: Reply) => {
  if (parentPort === null) process.send?.(message);
  else parentPort.postMessage(message);
};

const take = (invocation: Invocation) => {
  const { id, event } = invocation;
  void handler(event, contextOf(invocation)).then(
    (result) => reply({ id, result }),
    (error: unknown) => reply({ id, error: error instanceof Error ? error.name : 'unknown' }),
  );
};

if (parentPort === null) {
  process.on('message', take);
  // Nobody is left to answer.
  process.once('disconnect', () => process.exit());
} else {
  parentPort.on('message', take);
}
