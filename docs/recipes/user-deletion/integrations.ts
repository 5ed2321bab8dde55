/** What the states of the machine do on this machine, each as Step Functions does it on AWS. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { withApiKey } from '../../../local/client.ts';

export type Json = z.infer<ReturnType<typeof z.json>>;

/** An error as `Retry` and `Catch` of a state know it, by its name. */
export class TaskError extends Error {
  override readonly name: string;

  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

const apiCall = z.object({
  Method: z.string(),
  Path: z.string(),
  QueryParameters: z.record(z.string(), z.array(z.string())).default({}),
  RequestBody: z.object({ taskToken: z.string().optional() }).loose().optional(),
});

/** Keeps whoever waits for a task token until SendTaskSuccess or SendTaskFailure comes with it. */
export interface Callbacks {
  readonly wait: (taskToken: string) => Promise<Json>;
  readonly forget: (taskToken: string) => void;
}

/** `apigateway:invoke`, at the embedded stack, with its API key in place of the role's signature. */
async function callRescind(input: unknown): Promise<Json> {
  const { Method, Path, QueryParameters, RequestBody } = apiCall.parse(input);
  const read = async (name: string) => (await readFile(`.rescind/${name}`, 'utf8')).trim();
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(QueryParameters)) {
    for (const value of values) query.append(name, value);
  }
  const answer = await withApiKey(await read('url'), await read('api-key'))(`/${Path}?${query}`, {
    method: Method,
    headers: { 'content-type': 'application/json' },
    ...(RequestBody !== undefined && { body: JSON.stringify(RequestBody) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new TaskError(`ApiGateway.${answer.status}`, text);
  return { StatusCode: answer.status, ResponseBody: z.json().parse(JSON.parse(text)) };
}

/** `apigateway:invoke.waitForTaskToken` */
async function callAndWait(input: unknown, callbacks: Callbacks): Promise<Json> {
  const taskToken = apiCall.parse(input).RequestBody?.taskToken ?? '';
  // Before the call: it may end before its answer is here.
  const ended = callbacks.wait(taskToken);
  try {
    await callRescind(input);
  } catch (error) {
    callbacks.forget(taskToken);
    throw error;
  }
  return ended;
}

const message = z.object({
  Subject: z.string(),
  Message: z.object({ taskToken: z.string() }).loose(),
});

/** `sns:publish.waitForTaskToken`, to whoever looks at this terminal. */
async function askOnCall(input: unknown, callbacks: Callbacks): Promise<Json> {
  const { Subject, Message } = message.parse(input);
  const answered = callbacks.wait(Message.taskToken);
  const text = JSON.stringify(Message, null, 2);
  await writeFile('.recipe/on-call.json', text, { mode: 0o600 });
  console.log(`To the on-call: ${Subject}\n${text}`);
  return answered;
}

/** `lambda:invoke`, of the function that deletes an account. */
async function deleteAccount(input: unknown): Promise<Json> {
  const { Payload } = z.object({ Payload: z.object({ subject: z.string() }) }).parse(input);
  const company = fileURLToPath(new URL('../company.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [company, 'delete', Payload.subject]);
  return { StatusCode: 200 };
}

/** @throws Error for a resource that nothing here stands in for */
export function integrationOf(
  resource: string,
  callbacks: Callbacks,
): (input: unknown) => Promise<Json> {
  switch (resource) {
    case 'arn:aws:states:::apigateway:invoke':
      return callRescind;
    case 'arn:aws:states:::apigateway:invoke.waitForTaskToken':
      return (input) => callAndWait(input, callbacks);
    case 'arn:aws:states:::sns:publish.waitForTaskToken':
      return (input) => askOnCall(input, callbacks);
    case 'arn:aws:states:::lambda:invoke':
      return deleteAccount;
    default:
      throw new Error(`nothing here does what ${resource} does`);
  }
}
