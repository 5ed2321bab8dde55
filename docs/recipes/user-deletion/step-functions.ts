/**
 * Stands in for AWS Step Functions on this machine: runs state-machine.asl.json as it is, by the
 * interpreter aws-local-stepfunctions, and speaks as much of the service's protocol as its callers need.
 *
 *     npx node docs/recipes/user-deletion/step-functions.ts
 *
 * Other than on AWS, a state is retried after a second here, and executions end with this process.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { ExecutionError, StateMachine } from 'aws-local-stepfunctions';
import * as z from 'zod';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { type Callbacks, integrationOf, type Json, TaskError } from './integrations.ts';

const retryMs = 1000;

interface Execution {
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  output?: string;
  error?: string;
  cause?: string;
}

type Definition = ConstructorParameters<typeof StateMachine>[0];
const definition: Definition = JSON.parse(
  await readFile(new URL('./state-machine.asl.json', import.meta.url), 'utf8'),
);
// It validates the definition, too.
const stateMachine = new StateMachine(definition);

const executions = new Map<string, Execution>();
const waiting = new Map<string, PromiseWithResolvers<Json>>();
const callbacks: Callbacks = {
  wait: (taskToken) => {
    const ended = Promise.withResolvers<Json>();
    waiting.set(taskToken, ended);
    return ended.promise;
  },
  forget: (taskToken) => void waiting.delete(taskToken),
};

const states = Object.entries(definition.States);
const overrides = {
  taskResourceLocalHandlers: Object.fromEntries(
    states.flatMap(([name, state]) =>
      state.Type === 'Task' ? [[name, integrationOf(state.Resource, callbacks)]] : [],
    ),
  ),
  retryIntervalOverrides: Object.fromEntries(states.map(([name]) => [name, retryMs])),
};

async function run(name: string, input: string, execution: Execution): Promise<void> {
  // Each try of a state has a token of its own.
  const Task = {
    get Token() {
      return randomUUID();
    },
  };
  try {
    const context = { Execution: { Name: name }, Task };
    const output = await stateMachine.run(JSON.parse(input), { overrides, context }).result;
    Object.assign(execution, { status: 'SUCCEEDED', output: JSON.stringify(output) });
  } catch (error) {
    const cause = error instanceof ExecutionError ? error.cause : error;
    const { name: errorName, message } = cause instanceof Error ? cause : new Error(String(cause));
    Object.assign(execution, { status: 'FAILED', error: errorName, cause: message });
  }
  console.log(`${name}: ${execution.status}`);
}

/** An answer of the service that is an error, by its name. */
class Refused extends Error {}

const arn = z.object({ executionArn: z.string() });
const start = z.object({ stateMachineArn: z.string(), name: z.string(), input: z.string() });
const success = z.object({ taskToken: z.string(), output: z.string() });
const failure = z.object({ taskToken: z.string(), error: z.string(), cause: z.string() });

/** The calls of Step Functions' API that there are. */
const calls: Readonly<Record<string, (body: unknown) => object>> = {
  StartExecution: (body) => {
    const { stateMachineArn, name, input } = start.parse(body);
    const executionArn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
    if (executions.has(executionArn)) throw new Refused('ExecutionAlreadyExists');
    const execution: Execution = { status: 'RUNNING' };
    executions.set(executionArn, execution);
    void run(name, input, execution);
    return { executionArn, startDate: Date.now() / 1000 };
  },
  DescribeExecution: (body) => {
    const execution = executions.get(arn.parse(body).executionArn);
    if (execution === undefined) throw new Refused('ExecutionDoesNotExist');
    return execution;
  },
  SendTaskSuccess: (body) => {
    const { taskToken, output } = success.parse(body);
    taken(taskToken).resolve(z.json().parse(JSON.parse(output)));
    return {};
  },
  SendTaskFailure: (body) => {
    const { taskToken, error, cause } = failure.parse(body);
    taken(taskToken).reject(new TaskError(error, cause));
    return {};
  },
};

function taken(taskToken: string): PromiseWithResolvers<Json> {
  const task = waiting.get(taskToken);
  if (task === undefined) throw new Refused('TaskDoesNotExist');
  waiting.delete(taskToken);
  return task;
}

const server = createServer(async (request, response) => {
  const [, name = ''] =
    /^AWSStepFunctions\.(\w+)$/.exec(`${request.headers['x-amz-target']}`) ?? [];
  const answer = (status: number, body: object) =>
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(JSON.stringify(body));
  try {
    const call = calls[name];
    if (call === undefined) throw new Refused('UnknownOperationException');
    answer(200, call(await json(request)));
  } catch (error) {
    const __type = error instanceof Refused ? error.message : 'ValidationException';
    answer(400, { __type, message: String(error) });
  }
});
const url = await listenOnLoopback(server, 0);
await mkdir('.recipe', { recursive: true });
await writeFile('.recipe/step-functions-url', `${url}\n`);
console.log(`Step Functions' stand-in is ready at ${url}`);
