/**
 * What runs inside a function's thread: loads the bundle as Lambda's Node runtime does, then takes
 * one event after another.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Context } from 'aws-lambda';

/** From the host to the thread. */
export interface Invocation {
  readonly id: number;
  readonly event: unknown;
  /** Epoch milliseconds at which the host ends the thread. */
  readonly deadline: number;
}

/** From the thread to the host. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string };

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const { entry, name } = workerData as { entry: string; name: string };
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

parentPort?.on('message', (invocation: Invocation) => {
  const { id, event } = invocation;
  void handler(event, contextOf(invocation)).then(
    (result) => parentPort?.postMessage({ id, result } satisfies Reply),
    (error: unknown) =>
      parentPort?.postMessage({
        id,
        error: error instanceof Error ? error.name : 'unknown',
      } satisfies Reply),
  );
});
